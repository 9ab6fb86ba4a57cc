"""Signing in by form and by JSON, and what a sign-in is worth afterwards."""

from contextlib import closing

import httpx
import pytest

from hub.demo.seed import PASSWORD
from tests.web.conftest import Browser, Served
from web.pages.sign_in import local_path


def test_a_person_signs_in_sees_the_page_asked_for_and_signs_out(anonymous: Browser) -> None:
    asked = anonymous.get("/cases?q=rừng")
    form_page = anonymous.get(asked.headers["location"])
    assert "%E1%BB%ABng" in form_page.text or "rừng" in form_page.text
    assert anonymous.sign_in("thuky").status_code == 303
    assert anonymous.get("/cases").status_code == 200
    assert anonymous.post("/sign-out").headers["location"] == "/sign-in"
    assert anonymous.get("/cases").status_code == 303


def test_the_cookie_is_kept_from_scripts_and_other_sites(anonymous: Browser) -> None:
    cookie = anonymous.sign_in("thuky").headers["set-cookie"]
    assert (
        cookie.startswith("hub=") and "HttpOnly" in cookie and "SameSite=strict" in cookie.replace("Strict", "strict")
    )


def test_a_wrong_password_is_told_in_words_without_saying_which_part(anonymous: Browser) -> None:
    wrong = anonymous.sign_in("thuky", "not this one")
    unknown = anonymous.sign_in("nobody", "not this one")
    assert wrong.status_code == unknown.status_code == 401
    sentence = "Tên đăng nhập hoặc mật khẩu không đúng"
    assert sentence in wrong.text and sentence in unknown.text
    assert 'value="thuky"' in wrong.text


def test_a_secret_that_was_copied_is_worth_nothing_after_the_sign_out(served: Served, bare: httpx.Client) -> None:
    with closing(served.browser("naduong")) as browser:
        secret = browser.cookies["hub"]
        assert bare.get("/api/v1/me", headers={"Cookie": f"hub={secret}"}).status_code == 200
        browser.post("/sign-out")
    assert bare.get("/api/v1/me", headers={"Cookie": f"hub={secret}"}).status_code == 401
    assert bare.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_a_program_signs_in_with_neither_cookie_nor_origin_and_needs_no_token_later(served: Served) -> None:
    with served.program("thuky") as program:
        me = program.get("/api/v1/me").json()
        assert me["account"]["name"] == "Bà Lê Thị Minh Họa"
        assert me["account"]["roles"] == ["secretary"]
        made = program.post(
            "/api/v1/cases", json={"kind": "complaint", "field": "Đất", "subject": "Lập bằng chương trình"}
        )
        assert made.status_code == 201
        assert program.post("/api/v1/sign-out").status_code == 204
        assert program.get("/api/v1/me").status_code == 401


def test_the_eleventh_try_in_a_quarter_of_an_hour_waits(bare: httpx.Client) -> None:
    codes = [
        bare.post("/api/v1/sign-in", json={"username": "khongcoai", "password": "guess"}).json()["code"]
        for _ in range(11)
    ]
    assert codes == ["SIGN_IN_FAILED"] * 10 + ["SIGN_IN_TOO_OFTEN"]
    right = bare.post("/api/v1/sign-in", json={"username": "KhongCoAi ", "password": PASSWORD})
    assert right.status_code == 429


def test_missing_fields_are_named_in_vietnamese(bare: httpx.Client) -> None:
    answer = bare.post("/api/v1/sign-in", json={"username": "thuky"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "INPUT_INVALID"
    fields = answer.json()["details"]["fields"]
    assert fields == [{"field": "password", "kind": "missing", "message": "Mục này cần được điền."}]


@pytest.mark.parametrize(
    "wanted", ["https://example.org", "//example.org", "/\\example.org", "javascript:alert(1)", "", "/a\nb", "/a\\b"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(wanted: str) -> None:
    assert local_path(wanted) == "/"


def test_a_path_of_ours_is_kept() -> None:
    assert local_path("/cases?q=rừng&page=2") == "/cases?q=rừng&page=2"

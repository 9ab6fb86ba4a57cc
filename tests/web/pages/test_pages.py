"""Every page for every role: it opens, or says in words why not; forms work without a script."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hub.accounts.models import AccountRole
from hub.clock import in_vietnam
from hub.demo.seed import demo_accounts
from tests.web.conftest import Browser

USERNAMES = {account.role: account.username for account in demo_accounts()}


def links(page: str, pattern: str) -> list[str]:
    return list(dict.fromkeys(re.findall(rf'href="({pattern})"', page)))


@pytest.mark.parametrize("role", list(AccountRole))
def test_all_a_role_can_reach_from_today_opens(browsers: Callable[[str], Browser], role: AccountRole) -> None:
    browser = browsers(USERNAMES[role])
    todo, seen = ["/"], set[str]()
    while todo and len(seen) < 40:
        path = todo.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = browser.get(path)
        assert answer.status_code in {200, 303}, (path, answer.text[:500])
        if answer.status_code == 303:
            continue
        assert "DỮ LIỆU MẪU" in answer.text
        assert not re.search(r"\{\{|\{%|None<|undefined", answer.text), path
        todo += [link for link in links(answer.text, r"/[a-z][^\"#?]*") if not link.startswith("/static")]
    if role is not AccountRole.ADMIN:
        assert len(seen) >= 2


def test_a_role_sees_only_what_concerns_it(browsers: Callable[[str], Browser]) -> None:
    auditor = browsers("kiemtoan").get("/").text
    assert 'href="/audit"' in auditor and 'href="/cases"' not in auditor and 'href="/calendar"' not in auditor
    commune = browsers("naduong").get("/").text
    assert "Vụ việc của xã" in commune and 'href="/sessions/new"' not in commune
    leader = browsers("lanhdao").get("/").text
    assert "Vào phiên" in leader and "Đọc tóm tắt" in leader and 'href="/cases/new"' not in leader


def test_a_commune_sees_of_anothers_turn_its_number_alone(browsers: Callable[[str], Browser]) -> None:
    commune = browsers("huulung")
    session = links(commune.get("/").text, r"/sessions/[a-z2-7]{26}")[0]
    page = commune.get(session).text
    assert "LS-2026-0002" in page
    assert "LS-2026-0001" not in page and "Slình" not in page and "của điểm cầu khác" in page


def test_a_case_is_made_by_form_and_errors_stand_beside_their_fields(browsers: Callable[[str], Browser]) -> None:
    browser = browsers("tiepdan")
    form = {"kind": "complaint", "subject": "", "field": "Đất đai", "people_count": "1", "full_name": "Nông Văn Thử"}
    wrong = browser.post("/cases/new", data={**form, "next_deadline": "32/13/2026", "birth_year": "12"})
    assert wrong.status_code == 422
    for field in ("subject", "next_deadline", "birth_year"):
        assert f'id="error-{field}"' in wrong.text
    assert 'value="Nông Văn Thử"' in wrong.text
    made = browser.post(
        "/cases/new", data={**form, "subject": "Xin đo lại đất <script>", "next_deadline": "06/03/2027"}
    )
    assert made.status_code == 303
    page = browser.get(made.headers["location"]).text
    assert "06/03/2027" in page and "&lt;script&gt;" in page and "Xin đo lại đất <script>" not in page


def test_a_commune_makes_cases_of_its_own_unit_only(browsers: Callable[[str], Browser]) -> None:
    browser = browsers("naduong")
    form = browser.get("/cases/new").text
    units = re.findall(r'<option value="([a-z2-7]{26})"', form)
    assert len(units) == 1
    other = re.findall(r'<option value="([a-z2-7]{26})"[^>]*>Xã Hữu Lũng', browsers("tiepdan").get("/cases/new").text)[
        0
    ]
    data = {"kind": "feedback", "subject": "Thử", "field": "Khác", "people_count": "1", "unit_id": other}
    refused = browser.post("/cases/new", data=data)
    assert refused.status_code == 403 and "chỉ lập được vụ việc của đơn vị mình" in refused.text


def option(page: str, text: str) -> str:
    return re.findall(rf'<option value="([a-z2-7]{{26}})"[^>]*>[^<]*{text}', page)[0]


def test_a_session_with_two_turns_is_planned_without_a_script(browsers: Callable[[str], Browser]) -> None:
    browser = browsers("thuky")
    page = browser.get("/sessions/new").text
    sites = dict(re.findall(r'name="turn-0-sites" value="([a-z2-7]{26})"[^>]*><span>([^<]+)', page))
    by_name = {name: site for site, name in sites.items()}
    start = in_vietnam(datetime.now(UTC) + timedelta(hours=1))
    form: dict[str, object] = {
        "title": "Tiếp hai xã", "kind": "periodic", "day": start.strftime("%d/%m/%Y"), "hour": start.strftime("%H:%M"),
        "chair": option(page, "Đỗ Quang Thử"), "secretary": option(page, "Lê Thị Minh Họa"), "reviewer": "",
        "host_site": option(page, "Trụ sở Tiếp công dân tỉnh"),
        "turn-0-case": option(page, "Mỏ đá"), "turn-0-sites": by_name["Xã Hữu Lũng"], "action": "add-turn",
    }  # fmt: skip
    added = browser.post("/sessions/new", data=form)
    assert added.status_code == 200 and 'name="turn-1-case"' in added.text and 'value="Tiếp hai xã"' in added.text
    form |= {"turn-1-case": option(page, "Đòi suất"), "turn-1-sites": by_name["Xã Chi Lăng"], "action": "plan"}
    made = browser.post("/sessions/new", data=form)
    assert made.status_code == 303, re.findall(r'class="field-error".*?</p>', made.text)
    session = browser.get(made.headers["location"]).text.replace("\u00a0", " ")
    assert "LS-2026-0002" in session and "LS-2026-0007" in session and "Xã Chi Lăng" in session
    opened = browser.post(f"{made.headers['location']}/open")
    assert opened.status_code == 303 and "Đang tiếp" in browser.get(opened.headers["location"]).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"day": "ngày mai"}, "day"),
        ({"day": "01/01/2020"}, "day"),
        ({"end_hour": "00:00"}, "end_hour"),
        ({"chair": ""}, "chair"),
        ({"turn-0-case": ""}, "turn-0-case"),
    ],
)
def test_a_plan_that_does_not_fit_says_so_beside_the_field(
    browsers: Callable[[str], Browser], change: dict[str, str], field: str
) -> None:
    browser = browsers("thuky")
    page = browser.get("/sessions/new").text
    start = in_vietnam(datetime.now(UTC) + timedelta(days=1))
    form = {
        "title": "Thử", "kind": "periodic", "day": start.strftime("%d/%m/%Y"), "hour": "09:00", "action": "plan",
        "chair": option(page, "Đỗ Quang Thử"), "secretary": option(page, "Lê Thị Minh Họa"),
        "host_site": option(page, "Trụ sở Tiếp công dân tỉnh"), "turn-0-case": option(page, "Mỏ đá"),
    }  # fmt: skip
    answer = browser.post("/sessions/new", data={**form, **change})
    assert answer.status_code in {409, 422}
    assert f'id="error-{field}"' in answer.text


def test_consent_is_taken_by_a_press_of_a_button(browsers: Callable[[str], Browser]) -> None:
    browser = browsers("huulung")
    session = links(browser.get("/").text, r"/sessions/[a-z2-7]{26}/check-in")[0]
    person = re.findall(r'name="attendance" value="([a-z2-7]{26})"', browser.get(session).text)[0]
    answer = browser.post(f"{session}/consents", data={"attendance": person, "choice": "voice"})
    assert answer.headers["location"] == f"{session}#person-{person}"
    page = browser.get(session).text
    assert re.search(r'value="voice" aria-pressed="true"', page)


def test_static_files_are_kept_when_their_address_says_what_they_hold(anonymous: Browser) -> None:
    page = anonymous.get("/sign-in").text
    sheet = links(page, r"/static/css/tokens[^\"]+")[0]
    assert "immutable" in anonymous.get(sheet).headers["cache-control"]
    module = anonymous.get("/static/js/page.js")
    assert module.headers["cache-control"] == "no-cache"
    again = anonymous.get("/static/js/page.js", headers={"If-None-Match": module.headers["etag"]})
    assert again.status_code == 304


def test_the_pages_speak_english_to_who_asks_for_it(anonymous: Browser) -> None:
    assert "Đăng nhập" in anonymous.get("/sign-in", headers={"Accept-Language": "en"}).text
    english = anonymous.get("/sign-in?lang=en")
    assert "Sign in" in english.text and '<html lang="en">' in english.text
    assert "Password" in anonymous.get("/sign-in").text

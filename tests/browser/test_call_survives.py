"""The call and the minutes in two real browsers while things around them break."""

import signal
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.meeting import IN_ROOM, Meeting, meeting
from tests.browser.people import PATIENCE, Someone
from tests.support.system import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SEATS = "() => window.__call.state.seats.filter((one) => one.place === 'room').map((one) => one.seat)"
FRAMES = """async () => Object.values((await window.__call.stats()).bySlot)
  .reduce((sum, one) => sum + (one.framesDecoded ?? 0), 0)"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meeting]:
    with meeting(tmp_path_factory.mktemp("meeting") / "var") as held:
        yield held
        for someone in (held.secretary, held.chair):
            assert someone.failures == []


def picture_goes_on(someone: Someone) -> None:
    before = someone.page.evaluate(FRAMES)
    until(lambda: someone.page.evaluate(FRAMES) > before + 10, 20.0)


def test_both_see_and_hear_each_other(held: Meeting) -> None:
    for someone in (held.secretary, held.chair):
        until(lambda someone=someone: any(min(one) > 0 for one in someone.received().values()), 30.0)
    expect(held.secretary.page.get_by_test_id("stage-name")).to_contain_text("Đỗ")


def test_lines_typed_by_keyboard_alone_carry_time_kind_and_speaker(held: Meeting) -> None:
    page = held.secretary.page
    page.get_by_test_id("typing-text").focus()
    page.keyboard.press("F2")
    marked = page.evaluate("window.__call.sessionTime()")
    expect(page.get_by_test_id("typing-state")).to_contain_text("Đã đánh dấu")
    page.keyboard.press("Alt+5")
    page.keyboard.type("@thu", delay=15)
    expect(page.get_by_role("option").first).to_contain_text("Thử")
    page.keyboard.press("Enter")
    page.keyboard.type("Giao kiểm tra thực địa", delay=15)
    page.keyboard.press("Enter")
    line = page.get_by_test_id("line").last
    expect(line).to_have_attribute("data-confirmed", "true", timeout=PATIENCE)
    expect(line).to_contain_text("Kết luận")
    expect(page.locator("#conclusions-list")).to_contain_text("Giao kiểm tra thực địa")
    saved = page.evaluate(
        "async (turn) => (await (await fetch(`/api/v1/turns/${turn}/lines`)).json()).lines.at(-1)", held.turn
    )
    assert saved["kind"] == "conclusion"
    assert "Thử" in saved["speaker"]
    assert saved["speaker_attendance"] is not None
    assert abs(saved["session_time"] - marked) < 0.5
    assert saved["clock_differs"] is False
    # The chair reads it under the large picture.
    expect(held.chair.page.get_by_test_id("last-line")).to_contain_text("Giao kiểm tra thực địa", timeout=PATIENCE)


def test_a_reload_in_mid_call_comes_back_by_itself_with_the_microphone_still_off(held: Meeting) -> None:
    page = held.chair.page
    page.get_by_test_id("toggle-microphone").click()
    held.secretary.wait_for("() => window.__call.state.seats.some((one) => one.role === 'chair' && !one.microphone)")
    page.reload()
    held.chair.wait_for(IN_ROOM)
    expect(page.get_by_test_id("toggle-microphone")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_test_id("toggle-camera")).to_have_attribute("aria-pressed", "true")
    seats = held.secretary.page.evaluate(SEATS)
    assert len(seats) == len(set(seats)) == 2
    assert held.secretary.page.evaluate(
        "() => window.__call.state.seats.find((one) => one.role === 'chair').microphone === false"
    )
    picture_goes_on(held.secretary)


def test_after_the_node_is_killed_both_are_back_with_the_same_mute_state(held: Meeting) -> None:
    held.system.kill_child("node")
    for someone in (held.secretary, held.chair):
        someone.wait_for("() => window.__call.connection !== 'online' || window.__call.state.generation > 1")
    for someone in (held.secretary, held.chair):
        someone.wait_for("() => window.__call.state.generation > 1 && window.__call.connection === 'online'")
        someone.wait_for(IN_ROOM)
        picture_goes_on(someone)
    page = held.chair.page
    expect(page.get_by_test_id("toggle-microphone")).to_have_attribute("aria-pressed", "false")
    seats = page.evaluate(SEATS)
    assert len(seats) == len(set(seats)) == 2
    expect(page.locator("[data-notice=offline]")).to_have_count(0, timeout=PATIENCE)


def test_a_dead_line_is_said_in_words_and_mends_itself(held: Meeting) -> None:
    page = held.chair.page
    held.link.send_signal(signal.SIGSTOP)
    try:
        expect(page.locator("[data-notice=media]")).to_contain_text("gián đoạn", timeout=PATIENCE)
        # Signaling goes another way: the seat stays, nobody is thrown out.
        assert page.evaluate("window.__call.connection") == "online"
    finally:
        held.link.send_signal(signal.SIGCONT)
    # Quality F3: at most five seconds after the line is back; the rest is this machine's patience.
    expect(page.locator("[data-notice=media]")).to_have_count(0, timeout=15_000)
    for someone in (held.chair, held.secretary):
        picture_goes_on(someone)
    seats = held.secretary.page.evaluate(SEATS)
    assert len(seats) == len(set(seats)) == 2


def test_lines_written_while_the_hub_is_gone_survive_a_closed_lid(held: Meeting) -> None:
    page = held.secretary.page
    before = held.saved_lines()
    held.system.kill_parent()
    held.system.kill_child("hub")
    until(lambda: not held.system.answer(f"{held.system.url}/readyz"), 10.0)
    texts = [f"Dòng viết khi máy chủ tắt, số {number}" for number in range(1, 4)]
    for text in texts:
        held.secretary.type_line(text)
        expect(page.get_by_test_id("line").filter(has_text=text)).to_contain_text("Chưa lưu", timeout=1_500)
    expect(page.get_by_test_id("unsaved-count")).to_contain_text("3 dòng chưa lưu")
    page.keyboard.type("Dòng còn dở", delay=15)
    # The call does not need the hub.
    picture_goes_on(held.chair)
    page.close()

    held.system.start()
    held.secretary.page = page = held.secretary.context.new_page()
    held.secretary.enter(held.session)
    held.secretary.wait_for(IN_ROOM)
    until(lambda: held.saved_lines() == [*before, *texts], 30.0)
    expect(page.get_by_test_id("unsaved-count")).to_be_hidden()
    expect(page.get_by_test_id("typing-text")).to_have_value("Dòng còn dở")
    page.get_by_test_id("typing-text").press("Enter")
    until(lambda: held.saved_lines() == [*before, *texts, "Dòng còn dở"], 30.0)


def test_two_writers_never_overwrite_each_other_silently(held: Meeting) -> None:
    held.secretary.type_line("Bản đầu")
    call = held.secretary.page
    line = call.get_by_test_id("line").filter(has_text="Bản đầu")
    expect(line).to_have_attribute("data-confirmed", "true", timeout=PATIENCE)
    other = held.secretary.context.new_page()
    other.goto(f"{held.system.url}/turns/{held.turn}/minutes")
    there = other.get_by_test_id("line").filter(has_text="Bản đầu")
    expect(there).to_have_count(1, timeout=PATIENCE)
    # Both open the same version; the second to save is asked.
    there.hover()
    there.get_by_test_id("edit-line").click()
    other.locator(".line-editing textarea").fill("Bản đầu, sửa ở trang khác")
    line.hover()
    line.get_by_test_id("edit-line").click()
    call.locator(".line-editing textarea").fill("Bản đầu, sửa trong phòng")
    other.get_by_test_id("save-edit").click()
    until(lambda: "Bản đầu, sửa ở trang khác" in held.saved_lines())
    call.get_by_test_id("save-edit").click()
    conflict = call.get_by_test_id("conflict")
    expect(conflict).to_contain_text("Bản đầu, sửa ở trang khác", timeout=PATIENCE)
    expect(conflict).to_contain_text("Bản đầu, sửa trong phòng")
    assert "Bản đầu, sửa ở trang khác" in held.saved_lines()
    call.get_by_test_id("keep-mine").click()
    until(lambda: "Bản đầu, sửa trong phòng" in held.saved_lines())
    assert "Bản đầu, sửa ở trang khác" not in held.saved_lines()
    other.close()


def test_a_second_device_takes_the_seat_and_the_first_says_so(held: Meeting) -> None:
    first = held.chair.page
    second = Someone(held.browser, held.system.url, "lanhdao")
    second.enter(held.session)
    second.wait_for(IN_ROOM)
    expect(first.get_by_test_id("lobby-title")).to_be_visible()
    expect(first.locator("#lobby-body")).to_contain_text("thiết bị khác")
    assert first.evaluate("window.__call.connection") == "over"
    seats = second.page.evaluate(SEATS)
    assert len(seats) == len(set(seats)) == 2
    second.context.close()
    first.get_by_role("button", name="Vào lại phòng").click()
    held.chair.wait_for(IN_ROOM)


def no_serious_barrier(page: Page) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [
        (one["id"], [node["html"][:160] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_the_pages_have_no_serious_barrier(held: Meeting) -> None:
    no_serious_barrier(held.secretary.page)
    no_serious_barrier(held.chair.page)


DRIFTS = "() => Object.values(window.__review.drifts).map(Math.abs)"


def test_the_recording_is_reviewed_line_by_line(held: Meeting) -> None:
    secretary = held.secretary
    turn = held.turn
    # Who is on the roll is asked first, also those who are not here yet.
    expect(secretary.page.get_by_test_id("act-announce")).to_be_disabled()
    while secretary.page.get_by_test_id("consent-row").count() > 0:
        waiting = secretary.page.get_by_test_id("consent-row").count()
        secretary.page.get_by_test_id("consent-none").first.click()
        expect(secretary.page.get_by_test_id("consent-row")).to_have_count(waiting - 1, timeout=PATIENCE)
    secretary.page.get_by_test_id("act-announce").click()
    secretary.page.get_by_test_id("confirm").click()
    for someone in (secretary, held.chair):
        expect(someone.page.get_by_test_id("recording")).to_contain_text("Đang ghi âm, ghi hình", timeout=PATIENCE)
    begun = secretary.page.evaluate("window.__call.sessionTime()")
    # Five seconds of recording before the line, two after it.
    secretary.wait_for("(begun) => window.__call.sessionTime() > begun + 5", begun)
    secretary.type_line("Nội dung được ghi hình")
    line = secretary.page.get_by_test_id("line").filter(has_text="Nội dung được ghi hình")
    expect(line).to_have_attribute("data-confirmed", "true", timeout=PATIENCE)
    secretary.wait_for("(begun) => window.__call.sessionTime() > begun + 8", begun)
    secretary.act("end-turn")

    page = secretary.context.new_page()
    page.goto(f"{held.system.url}/turns/{turn}/review")
    expect(page.get_by_test_id("recording-state")).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("review-tile")).to_have_count(2)
    expect(page.get_by_test_id("sign-off")).to_be_disabled()
    no_serious_barrier(page)
    row = page.get_by_test_id("review-line").filter(has_text="Nội dung được ghi hình")
    row.locator(".review-line-open").click()
    page.wait_for_function(
        "() => window.__review.playing && !window.__review.buffering && window.__review.position > 0.5"
    )
    expect(row).to_have_attribute("aria-current", "true")
    until(lambda: max(page.evaluate(DRIFTS)) < 0.1, 15.0)

    page.keyboard.press("Space")
    page.wait_for_function("() => !window.__review.playing")
    paused = page.evaluate("window.__review.sessionTime")
    page.keyboard.press("m")
    expect(page.locator(".toast")).to_contain_text("Đã dời mốc", timeout=PATIENCE)
    anchor = page.evaluate(
        """async (turn) => (await (await fetch(`/api/v1/turns/${turn}/lines`)).json())
             .lines.find((one) => one.text === "Nội dung được ghi hình").anchor""",
        turn,
    )
    assert abs(anchor - paused) < 0.05

    lines = page.get_by_test_id("review-line")
    page.keyboard.press("d")
    expect(row).to_have_attribute("data-check", "correct", timeout=PATIENCE)
    for _ in range(lines.count() - 1):
        page.keyboard.press("n")
        checked = page.locator("[data-testid=review-line][data-check=correct]").count()
        page.keyboard.press("d")
        expect(page.locator("[data-testid=review-line][data-check=correct]")).to_have_count(
            checked + 1, timeout=PATIENCE
        )
    page.get_by_test_id("sign-off").click()
    page.get_by_test_id("confirm").click()
    expect(page.locator("#sign-off-reason")).to_contain_text("Đã rà soát xong", timeout=PATIENCE)
    page.close()

"""The whole story in four real browsers: planned, joined, spoken, recorded, written down, reviewed."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from itertools import permutations
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import pytest
from playwright.sync_api import Page, expect

from recordings.journal.format import Packet, SegmentReader, TrackOpened
from recordings.timeline.rtp import parse_rtp, parse_vp8
from tests.browser.people import Someone, chromium
from tests.support.system import System, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    system = System(tmp_path / "var")
    try:
        system.start()
        yield system
    finally:
        system.stop()


def pick(page: Page, name: str, words: str) -> None:
    """The option of a select whose text holds the words."""
    value = page.locator(f"select[name='{name}'] option", has_text=words).first.get_attribute("value")
    page.select_option(f"select[name='{name}']", value)


def plan(page: Page, url: str, turns: list[tuple[str, list[str]]]) -> str:
    """The secretary's form; a turn is a case and its sites. Returns the new session's id."""
    now = datetime.now(HANOI)
    page.goto(f"{url}/sessions/new")
    page.fill("input[name=title]", "Tiếp công dân trực tuyến, hai lượt")
    pick(page, "kind", "định kỳ")
    page.fill("input[name=day]", now.strftime("%d/%m/%Y"))
    page.fill("input[name=hour]", now.strftime("%H:%M"))
    pick(page, "chair", "Đỗ Quang Thử")
    pick(page, "secretary", "Lê Thị Minh Họa")
    pick(page, "reviewer", "Vi Văn Đối Chiếu")
    for n, (case, sites) in enumerate(turns):
        if n > 0:
            page.get_by_role("button", name="Thêm lượt").click()
        pick(page, f"turn-{n}-case", case)
        for box in page.locator(f"label:has(input[name='turn-{n}-sites'])").all():
            wanted = any(site in (box.text_content() or "") for site in sites)
            if box.locator("input").is_checked() != wanted:
                box.locator("input").set_checked(wanted)
    page.get_by_role("button", name="Lưu buổi tiếp").last.click()
    page.wait_for_url(lambda address: "/sessions/" in address and "/new" not in address)
    return page.url.rsplit("/", 1)[1].partition("?")[0]


def seats_of(people: dict[str, Someone]) -> dict[str, str]:
    return {name: someone.page.evaluate("window.__call.state.me") for name, someone in people.items()}


def all_hear_and_see_each_other(people: dict[str, Someone], names: list[str]) -> None:
    """Frames and voice energy grow at every receiver from every other sender."""
    seats = seats_of(people)
    for receiver, sender in permutations(names, 2):
        seen = people[receiver].received
        until(lambda seen=seen, seat=seats[sender]: seat in seen() and min(seen()[seat]) > 0, 40.0)
    before = {name: people[name].received() for name in names}
    for receiver, sender in permutations(names, 2):
        frames, energy = before[receiver][seats[sender]]
        seen = people[receiver].received
        until(
            lambda seen=seen, seat=seats[sender], f=frames, e=energy: seen()[seat][0] > f + 5 and seen()[seat][1] > e,
            40.0,
        )


def nothing_arrives(someone: Someone) -> None:
    frames, energy, octets = someone.page.evaluate(
        """async () => {
          const all = (await window.__call.stats()).subscribe.filter((one) => one.type === "inbound-rtp");
          const sum = (key) => all.reduce((total, one) => total + (one[key] ?? 0), 0);
          return [sum("framesDecoded"), sum("totalAudioEnergy"), sum("packetsReceived")];
        }"""
    )
    assert (frames, energy, octets) == (0, 0, 0)


def consent(secretary: Page) -> None:
    """Every citizen of the turn agrees to sound and picture."""
    until(lambda: secretary.evaluate("window.__call.state.stage.turn_state") == "running")
    while secretary.get_by_test_id("consent-row").count():
        row = secretary.get_by_test_id("consent-row").first
        attendance = row.get_attribute("data-attendance")
        row.get_by_test_id("consent-audio_video").click()
        expect(secretary.locator(f"[data-attendance='{attendance}'][data-testid=consent-row]")).to_have_count(0)


def test_a_dialogue_from_planning_to_the_reviewed_recording(system: System) -> None:
    with chromium() as browser:
        people = {
            name: Someone(browser, system.url, name, pitch=120.0 + 40.0 * n)
            for n, name in enumerate(("lanhdao", "thuky", "naduong", "trunguong"))
        }
        secretary = people["thuky"]
        session = plan(
            secretary.page,
            system.url,
            [("LS-2026-0007", ["Trung ương"]), ("LS-2026-0001", ["Na Dương"])],
        )
        for someone in people.values():
            someone.enter(session)
        secretary.act("open")
        expect(secretary.page.get_by_test_id("admit")).to_have_count(2)
        for _ in range(2):
            secretary.page.get_by_test_id("admit").first.click()

        secretary.act("start-turn")
        all_hear_and_see_each_other(people, ["lanhdao", "thuky", "trunguong"])
        nothing_arrives(people["naduong"])
        assert people["naduong"].page.evaluate("window.__call.state.seats.length") == 1
        consent(secretary.page)
        secretary.act("announce")
        for name in ("lanhdao", "trunguong"):
            expect(people[name].page.get_by_test_id("recording")).to_contain_text("Đang ghi")
        secretary.type_line("Trụ sở Trung ương giới thiệu đoàn công dân")
        nothing_arrives(people["naduong"])
        secretary.act("end-turn")

        secretary.act("start-turn")
        all_hear_and_see_each_other(people, ["lanhdao", "thuky", "naduong"])
        consent(secretary.page)
        secretary.act("announce")
        expect(people["naduong"].page.get_by_test_id("recording")).to_contain_text("Đang ghi")
        began = secretary.page.evaluate("Date.now() / 1000")
        until(lambda: secretary.page.evaluate("Date.now() / 1000") > began + 6)
        texts = ["Ông Slình không đồng ý áp giá đất rừng", "Đề nghị đo lại phần 310 m²"]
        for text in texts:
            secretary.type_line(text)
            expect(secretary.page.get_by_test_id("line").filter(has_text=text)).to_have_count(1)
            now = secretary.page.evaluate("Date.now() / 1000")
            until(lambda now=now: secretary.page.evaluate("Date.now() / 1000") > now + 4)
        expect(secretary.page.get_by_test_id("unsaved")).to_have_count(0)
        turn = secretary.page.evaluate("window.__call.state.stage.turn")
        case = secretary.page.evaluate(
            "async (turn) => (await (await fetch(`/api/v1/turns/${turn}`)).json()).case.id", turn
        )
        secretary.act("end-turn")
        secretary.act("close-session")
        for someone in people.values():
            someone.wait_for("() => window.__call.step === 'over'")
        assert {name: someone.failures for name, someone in people.items() if someone.failures} == {}
        for name in ("lanhdao", "naduong", "trunguong"):
            people[name].context.close()

        review(Someone(browser, system.url, "rasoat"), case, turn, texts)
        every_track_decodes(system, turn)


def review(reviewer: Someone, case: str, turn: str, texts: list[str]) -> None:
    page = reviewer.page
    page.goto(f"{reviewer.url}/turns/{turn}/review")
    expect(page.get_by_test_id("review-tile")).to_have_count(3, timeout=60_000)
    page.select_option("#lead", "0")
    lines = page.evaluate("async (turn) => (await (await fetch(`/api/v1/turns/${turn}/lines`)).json()).lines", turn)
    assert [line["text"] for line in lines] == texts
    for line in lines:
        page.evaluate(_READ_CLOCKS_AFTER_JUMP)
        page.get_by_test_id("review-line").filter(has_text=line["text"]).click()
        page.wait_for_function("() => window.clocksAfterJump.length === 3", polling=100)
        shown = page.evaluate("window.clocksAfterJump")
        wall = datetime.fromisoformat(line["typed_at"]).timestamp()
        assert [round(clock - wall, 2) for clock in shown if abs(clock - wall) > 0.5] == []
    before = lines[0]["anchor"]
    page.get_by_test_id("review-line").first.click()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("m")
    moved = "async ([turn, was]) => (await (await fetch(`/api/v1/turns/${turn}/lines`)).json()).lines[0].anchor !== was"
    reviewer.wait_for(moved, [turn, before])
    expect(page.get_by_test_id("sign-off")).to_be_disabled()
    for text in texts:
        page.get_by_test_id("review-line").filter(has_text=text).click()
        page.keyboard.press("d")
    page.get_by_test_id("sign-off").click()
    if page.get_by_test_id("confirm").count():
        page.get_by_test_id("confirm").click()
    signed = "async (turn) => (await (await fetch(`/api/v1/turns/${turn}/lines`)).json()).state === 'reviewed'"
    reviewer.wait_for(signed, turn)
    page.goto(f"{reviewer.url}/cases/{case}")
    expect(page.locator(f"a[href='/turns/{turn}/review']").first).to_be_visible()
    expect(page.locator(f"a[href='/turns/{turn}/minutes']").first).to_be_visible()


#: Collects each picture's clock (Unix seconds) in the first frame that can be read after the next jump.
_READ_CLOCKS_AFTER_JUMP = """() => {
  window.clocksAfterJump = [];
  for (const video of document.querySelectorAll("[data-testid=review-tile] video")) {
    const read = () => {
      const clock = window.diemCauReadClock(video);
      if (clock === null) video.requestVideoFrameCallback(read);
      else window.clocksAfterJump.push(clock);
    };
    video.addEventListener("seeked", read, { once: true });
  }
}"""


def every_track_decodes(system: System, turn: str) -> None:
    """What was journaled is in the playable files, whole, and where the call log says that it was recorded."""
    folders = sorted((system.folder / "recordings").glob(f"*/{turn}-g*"))
    journal = until(lambda: journaled(folders))
    with sqlite3.connect(f"file:{system.folder / 'hub.sqlite3'}?mode=ro", uri=True) as database:
        manifest = json.loads(
            database.execute("select manifest from recordings where turn_id = ?", (turn,)).fetchone()[0]
        )
        paths = dict(
            database.execute(
                "select seat_id, path from media_files join recordings r on r.id = recording_id where turn_id = ?",
                (turn,),
            )
        )
        tracks = database.execute(
            "select seat_id, kind, min(started_time), max(stopped_time) from recorded_tracks"
            " where journal_id like ? group by seat_id, kind",
            (f"{turn}-g%",),
        ).fetchall()
    assert len(manifest["files"]) == 3
    assert {(seat, kind) for seat, kind, _, _ in tracks} == {
        (file["seat"], kind) for file in manifest["files"] for kind in ("audio", "video")
    }
    for file in manifest["files"]:
        pictures, samples = decoded(system.folder / "media" / paths[file["seat"]])
        assert pictures == journal[file["seat"]]
        assert samples > 0
        for seat, kind, started, stopped in tracks:
            if seat != file["seat"]:
                continue
            intervals = file[f"{kind}_intervals"]
            assert abs(manifest["start_session_time"] + intervals[0][0] - started) < 0.5
            assert abs(manifest["start_session_time"] + intervals[-1][1] - stopped) < 0.5


def journaled(folders: list[Path]) -> dict[str, int]:
    """Seat → complete VP8 frames in the journal from the first keyframe on, counted packet by packet."""
    seats: dict[int, str] = {}
    packets: dict[int, dict[int, bytes]] = {}
    for folder in folders:
        for segment in sorted(folder.glob("*.dcj")):
            for _, _, record in SegmentReader(segment.read_bytes()).records():
                if isinstance(record, TrackOpened) and record.kind == "video":
                    seats[record.track] = record.seat
                elif isinstance(record, Packet) and record.track in seats:
                    packets.setdefault(record.track, {})[int.from_bytes(record.data[2:4])] = record.data
    counted: dict[str, int] = {}
    for track, by_sequence in packets.items():
        counted[seats[track]] = counted.get(seats[track], 0) + complete_frames(by_sequence)
    return counted


def complete_frames(by_sequence: dict[int, bytes]) -> int:
    """Frames whose packets are all there: one picture at 15 frames/s for a minute does not wrap the sequence twice."""
    order = sorted(by_sequence, key=lambda sequence: (sequence - next(iter(by_sequence)) + 0x8000) & 0xFFFF)
    frames, expected, started = 0, -1, False
    for sequence in order:
        rtp = parse_rtp(by_sequence[sequence])
        payload = parse_vp8(rtp.payload) if rtp else None
        if rtp is None or payload is None:
            continue
        if payload.starts:
            if payload.keyframe:
                started = True
            expected = sequence
        if sequence != expected:
            expected = -1
            continue
        expected = (sequence + 1) & 0xFFFF
        if rtp.marker:
            frames += started
    return frames


def decoded(path: Path) -> tuple[int, int]:
    """Pictures and sound samples that come out of a file."""
    with av.open(str(path)) as container:
        pictures = sum(1 for _ in container.decode(video=0))
    with av.open(str(path)) as container:
        return pictures, sum(frame.samples for frame in container.decode(audio=0))

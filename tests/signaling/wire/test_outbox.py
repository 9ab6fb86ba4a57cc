import asyncio
import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.protocol.codec import encode
from signaling.protocol.hub_link import FactRecord, SeatTaken, TurnPaused
from signaling.protocol.ids import SeatId, SessionId, TurnId
from signaling.wire.outbox import Outbox, read_facts

SESSION = SessionId("session1")


def fact(n: int) -> SeatTaken:
    return SeatTaken(seat=SeatId(f"seat{n}"), resumed=False)


def fill(outbox: Outbox, count: int) -> list[FactRecord]:
    records = [outbox.append(SESSION, 1, float(n), 1000.0 + n, fact(n)) for n in range(1, count + 1)]
    outbox.flush()
    return records


async def test_a_fact_may_be_sent_only_after_it_is_on_disk(tmp_path: Path) -> None:
    synced = asyncio.Event()
    outbox = Outbox(tmp_path, "1-a", synced.set)
    record = outbox.append(SESSION, 1, 0.5, 1000.0, fact(1))
    assert outbox.after("1-a", 0, 10) == []
    await asyncio.wait_for(synced.wait(), 5)
    assert outbox.after("1-a", 0, 10) == [record]
    assert read_facts(tmp_path / "1-a.jsonl") == [record]
    outbox.close()


async def test_facts_of_one_moment_share_one_sync(tmp_path: Path) -> None:
    syncs = 0
    done = asyncio.Event()

    def synced() -> None:
        nonlocal syncs
        syncs += 1
        done.set()

    outbox = Outbox(tmp_path, "1-a", synced)
    for n in range(100):
        outbox.append(SESSION, 1, 0.0, 0.0, fact(n))
    await asyncio.wait_for(done.wait(), 5)
    assert syncs == 1 and len(outbox.after("1-a", 0, 1000)) == 100
    outbox.close()


async def test_batches_go_on_where_the_last_one_ended(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "1-a", lambda: None)
    records = fill(outbox, 25)
    assert outbox.after("1-a", 0, 10) == records[:10]
    assert outbox.after("1-a", 10, 10) == records[10:20]
    assert outbox.after("1-a", 20, 10) == records[20:]
    outbox.confirm("1-a", 12)
    assert outbox.after("1-a", 0, 10) == records[12:22]
    assert outbox.unconfirmed == 13
    outbox.close()


async def test_the_next_boot_has_what_was_not_confirmed_and_forgets_what_was(tmp_path: Path) -> None:
    first = Outbox(tmp_path, "1-a", lambda: None)
    records = fill(first, 5)
    first.confirm("1-a", 2)
    first.close()
    second = Outbox(tmp_path, "2-b", lambda: None)
    own = fill(second, 1)
    assert second.previous_boots == ["1-a"]
    assert second.after("1-a", 0, 10) == records[2:]
    second.close()
    third = Outbox(tmp_path, "3-c", lambda: None)
    assert third.previous_boots == ["1-a", "2-b"]
    third.confirm("1-a", 5)
    assert third.previous_boots == ["2-b"] and not (tmp_path / "1-a.jsonl").exists()
    third.confirm("2-b", own[-1].number)
    third.confirm("nobody", 7)
    assert third.unconfirmed == 0 and [path.name for path in sorted(tmp_path.iterdir())] == ["3-c.jsonl"]
    third.close()


async def test_a_lost_note_of_what_was_confirmed_only_sends_again(tmp_path: Path) -> None:
    first = Outbox(tmp_path, "1-a", lambda: None)
    records = fill(first, 3)
    first.confirm("1-a", 2)
    first.close()
    (tmp_path / "1-a.confirmed").write_text("not a number")
    second = Outbox(tmp_path, "2-b", lambda: None)
    assert second.after("1-a", 0, 10) == records
    second.close()


async def test_a_large_file_is_emptied_when_everything_in_it_is_confirmed(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "1-a", lambda: None)
    long = TurnPaused(turn=TurnId("t"), by=SeatId("s"), reason="x" * 500)
    for n in range(2500):
        last = outbox.append(SESSION, 1, float(n), 0.0, long)
    outbox.flush()
    outbox.confirm("1-a", last.number)
    assert (tmp_path / "1-a.jsonl").stat().st_size == 0
    after = outbox.append(SESSION, 1, 0.0, 0.0, fact(1))
    outbox.flush()
    assert after.number == 2501 and read_facts(tmp_path / "1-a.jsonl") == [after]
    outbox.close()


LINES = [
    encode(FactRecord(boot="1-a", number=n, session=SESSION, generation=1, at=1.5 * n, wall=2.0, fact=fact(n))) + b"\n"
    for n in range(1, 6)
]


def test_a_file_torn_at_any_byte_gives_all_whole_lines_before_the_tear(tmp_path: Path) -> None:
    whole = b"".join(LINES)
    path = tmp_path / "1-a.jsonl"
    ends = [sum(map(len, LINES[:n])) for n in range(len(LINES) + 1)]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        # A line whose last byte, the line feed, alone is missing is whole.
        expected = sum(end <= cut or end - 1 == cut for end in ends[1:])
        assert [record.number for record in read_facts(path)] == list(range(1, expected + 1))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_line_the_other_lines_are_read(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broken = data.draw(st.integers(0, 4))
    rubbish = data.draw(st.binary(max_size=200)).replace(b"\n", b"")
    path = tmp_path_factory.getbasetemp() / "rubbish.jsonl"
    lines = [*LINES[:broken], rubbish + b"\n", *LINES[broken + 1 :]]
    path.write_bytes(b"".join(lines))
    assert [record.number for record in read_facts(path)] == [n for n in range(1, 6) if n != broken + 1]


def test_a_killed_process_leaves_every_fact_it_was_allowed_to_send(tmp_path: Path) -> None:
    """A real process says which facts it may send, and is killed in the middle of it."""
    program = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from signaling.protocol.hub_link import SeatTaken
        from signaling.wire.outbox import Outbox

        async def main():
            sent = 0
            def synced():
                nonlocal sent
                for record in outbox.after("1-a", sent, 1000):
                    sent = record.number
                print(sent, flush=True)
            outbox = Outbox(Path(sys.argv[1]), "1-a", synced)
            while True:
                outbox.append("session1", 1, 0.0, 0.0, SeatTaken(seat="s", resumed=False))
                await asyncio.sleep(0.0005)

        asyncio.run(main())
        """
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(20):
            allowed = int(child.stdout.readline())
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().split("\n")[:-1]
    allowed = int(rest[-1]) if rest else allowed
    numbers = [record.number for record in read_facts(tmp_path / "1-a.jsonl")]
    assert numbers[:allowed] == list(range(1, allowed + 1))


async def test_on_a_full_disk_facts_are_sent_and_written_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.wire.outbox.RETRY_INTERVAL", 0.02)
    outbox = Outbox(tmp_path, "1-a", lambda: None)
    records = fill(outbox, 3)
    path = tmp_path / "1-a.jsonl"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        # The kernel refuses to let files of this process grow: writes fail as on a full disk, in the middle of a line.
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, limits[1]))
        records.append(outbox.append(SESSION, 1, 4.0, 0.0, fact(4)))
        outbox.flush()
        assert outbox.failing and outbox.after("1-a", 0, 10) == records
        assert read_facts(path) == records[:3]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    async with asyncio.timeout(5):
        while read_facts(path) != records:
            await asyncio.sleep(0.01)
    assert not outbox.failing
    outbox.close()


def test_a_folder_that_is_none_is_an_error_at_start(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands here")
    with pytest.raises(OSError):
        Outbox(tmp_path / "outbox" / "node-1", "1-a", lambda: None)

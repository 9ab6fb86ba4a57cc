"""Loss of power, quality K4: what was not synced is cut off or zeroed, the rest is finished and whole."""

import random
from pathlib import Path

from recordings.journal import format as journal
from recordings.verification import verify
from recordings.writer.salvage import finish_all
from tests.recordings.making import JournalMaker, ns, numbered_packet, opened, packet_numbers


def test_two_hundred_losses_of_power_keep_everything_that_was_synced(tmp_path: Path) -> None:
    source = JournalMaker(tmp_path / "whole" / "turn1-g1")
    records = [journal.Packet(1, ns(i / 100), numbered_packet(i, 80)) for i in range(300)]
    data = source.segment([opened(1), *records], end=False).read_bytes()
    synced = [end for _, end, record in journal.SegmentReader(data).records() if isinstance(record, journal.Checkpoint)]
    for seed in range(200):
        rng = random.Random(seed)
        checkpoint = rng.choice(synced)
        cut = rng.randrange(checkpoint, len(data) + 1)
        lost = data[:cut] + (bytes(rng.randrange(1, 4096)) if rng.random() < 0.5 else b"")
        root = tmp_path / str(seed)
        path = root / "session1" / "turn1-g1" / "000001.dcj"
        path.parent.mkdir(parents=True)
        path.write_bytes(lost)
        (finished,) = finish_all(root)["turn1-g1"]
        assert path.read_bytes() == lost
        assert checkpoint <= finished.size <= cut
        assert verify(path.parent).ok
        numbers = packet_numbers(path.parent)
        assert numbers == list(range(len(numbers)))
        assert finish_all(root) == {}


def test_a_whole_segment_that_only_missed_its_last_step_needs_no_sidecar(tmp_path: Path) -> None:
    maker = JournalMaker(tmp_path / "session1" / "turn1-g1")
    path = maker.segment([opened(1)], last=True, reason="closed")
    path.chmod(0o600)
    assert list(finish_all(tmp_path)) == ["turn1-g1"]
    assert not path.with_suffix(".closed").exists()
    assert path.stat().st_mode & 0o777 == 0o444


def test_a_segment_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "session1" / "turn1-g1"
    folder.mkdir(parents=True)
    header = journal.SegmentHeader(
        version=2, session="s", turn="t", recording="r", generation=1, boot="b", segment=1,
        previous="00" * 32, clock_offset=0.0, wall=0.0,
    )  # fmt: skip
    path = folder / "000001.dcj"
    path.write_bytes(journal.MAGIC + journal.encode(header))
    path.chmod(0o600)
    assert finish_all(tmp_path) == {}
    assert list(folder.iterdir()) == [path]

"""Quality K5: whatever is altered is found, and the first bad place is named."""

import random
import shutil
from pathlib import Path

import pytest

from recordings.journal import format as journal
from recordings.verification import Anchor, Damage, VerifyReport, verify
from tests.recordings.making import JournalMaker, ns, opened, order


def packets(begin: int, count: int) -> list[journal.Record]:
    rng = random.Random(begin)
    return [journal.Packet(1, ns(begin + i / 50), rng.randbytes(60)) for i in range(count)]


def make(folder: Path, *, change: bytes = b"") -> JournalMaker:
    """Three segments; `change` is put into the second one, with everything after it computed anew."""
    maker = JournalMaker(folder, order(folder.name))
    maker.segment([opened(1), *packets(0, 120)])
    second: list[journal.Record] = [opened(1), *packets(30, 120)]
    if change:
        second[60] = journal.Packet(1, ns(31), change)
    maker.segment(second)
    maker.segment([opened(1), *packets(60, 120)], last=True, reason="closed")
    return maker


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> JournalMaker:
    return make(tmp_path_factory.mktemp("session1") / "turn1-g1")


@pytest.fixture
def copy(original: JournalMaker, tmp_path: Path) -> Path:
    folder = tmp_path / "turn1-g1"
    shutil.copytree(original.folder, folder)
    for path in folder.iterdir():
        path.chmod(0o644)
        path.chmod(0o444)
    return folder


def rewrite(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(0o444)


def heads(folder: Path) -> list[Anchor]:
    anchors = []
    for path in sorted(folder.glob("*.dcj")):
        data = path.read_bytes()
        reader = journal.SegmentReader(data)
        assert reader.header is not None
        number = reader.header.segment
        for begin, _, record in reader.records():
            if isinstance(record, journal.Checkpoint):
                anchors.append(Anchor(number, begin, record.head.hex()))
        anchors.append(Anchor(number, len(data), journal.chain_head(reader.header.previous, data)))
    return anchors


def first(report: VerifyReport) -> tuple[Damage, str]:
    assert not report.ok
    assert report.sentence.startswith("Bản ghi KHÔNG toàn vẹn.")
    return report.problems[0].damage, report.problems[0].path.name


def test_an_untouched_recording_is_whole_with_and_without_anchors(original: JournalMaker) -> None:
    assert verify(original.folder).ok
    report = verify(original.folder, heads(original.folder))
    assert report.ok
    assert report.anchors == len(heads(original.folder)) >= 6
    assert "3 tệp" in report.sentence
    assert verify(original.paths[1]).ok


def test_one_hundred_of_one_hundred_flipped_bits_are_found_at_their_place(copy: Path) -> None:
    rng = random.Random(5)
    paths = sorted(copy.glob("*.dcj"))
    for _ in range(100):
        path = rng.choice(paths)
        data = path.read_bytes()
        position = rng.randrange(len(data))
        damaged = bytearray(data)
        damaged[position] ^= 1 << rng.randrange(8)
        rewrite(path, bytes(damaged))
        report = verify(copy)
        assert first(report)[1] == path.name
        problem = report.problems[0]
        assert problem.damage in (Damage.BYTES, Damage.CUT)
        assert problem.begin <= position
        # The named range is one record, or begins at the record whose length was hit.
        assert position < problem.end
        rewrite(path, data)
    assert verify(copy).ok


def test_every_cut_tail_is_found(copy: Path) -> None:
    last = copy / "000003.dcj"
    data = last.read_bytes()
    for size in [*range(0, len(data), 211), len(data) - 1]:
        rewrite(last, data[:size])
        assert first(verify(copy)) in {(Damage.CUT, last.name), (Damage.BYTES, last.name)}


def test_every_removed_record_is_found(copy: Path) -> None:
    path = copy / "000002.dcj"
    data = path.read_bytes()
    spans = [(begin, end) for begin, end, _ in journal.SegmentReader(data).records()]
    for begin, end in spans[:: max(1, len(spans) // 40)]:
        rewrite(path, data[:begin] + data[end:])
        report = verify(copy)
        assert first(report)[1] == path.name
        assert report.problems[0].begin <= begin


def test_replayed_and_reordered_records_are_found(copy: Path) -> None:
    path = copy / "000002.dcj"
    data = path.read_bytes()
    spans = [
        (begin, end)
        for begin, end, record in journal.SegmentReader(data).records()
        if isinstance(record, journal.Packet)
    ]
    (a, b), (c, d) = spans[10], spans[11]
    rewrite(path, data[:b] + data[a:b] + data[b:])
    assert first(verify(copy))[1] == path.name
    rewrite(path, data[:a] + data[c:d] + data[a:b] + data[d:])
    assert first(verify(copy))[1] == path.name


def test_a_removed_segment_is_missed_wherever_it_stood(copy: Path) -> None:
    for number in (1, 2, 3):
        path = copy / journal.segment_name(number)
        data = path.read_bytes()
        path.unlink()
        assert first(verify(copy)) == (Damage.MISSING, path.name)
        rewrite(path, data) if path.exists() else path.write_bytes(data)
        path.chmod(0o444)
    assert verify(copy).ok


def test_swapped_segments_are_found(copy: Path) -> None:
    one, two = (copy / journal.segment_name(number) for number in (1, 2))
    swap = copy / "swap"
    one.rename(swap)
    two.rename(one)
    swap.rename(two)
    assert first(verify(copy))[0] is Damage.FOREIGN


def test_a_segment_of_another_recording_is_found(copy: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "turn9-g1")
    shutil.copyfile(other.paths[1], copy / "foreign")
    (copy / "foreign").replace(copy / "000002.dcj")
    assert first(verify(copy)) == (Damage.FOREIGN, "000002.dcj")


def test_a_chain_recomputed_as_a_whole_is_found_only_by_anchors(original: JournalMaker, tmp_path: Path) -> None:
    forged = make(tmp_path / "turn1-g1", change=b"words that were never said")
    assert verify(forged.folder).ok
    report = verify(forged.folder, heads(original.folder))
    assert first(report) == (Damage.ANCHOR, "000002.dcj")
    assert "nhật ký hệ thống" in report.sentence


def test_a_segment_the_hub_was_told_of_and_that_is_gone_is_missing(original: JournalMaker) -> None:
    report = verify(original.folder, [*heads(original.folder), Anchor(4, 100, "00" * 32)])
    assert first(report) == (Damage.MISSING, "000004.dcj")


def test_a_crashed_segment_with_its_sidecar_is_whole_and_altered_it_is_not(tmp_path: Path) -> None:
    maker = JournalMaker(tmp_path / "turn1-g1")
    path = maker.segment([opened(1), *packets(0, 120)], end=False)
    whole = path.read_bytes()
    rewrite(path, whole + b"\x00\x00")
    assert first(verify(maker.folder)) == (Damage.CUT, path.name)
    sidecar = path.with_suffix(".closed")
    sidecar.write_bytes(journal.encode_json(journal.Salvaged(size=len(whole), head=maker.previous)))
    maker.segment([opened(1), *packets(30, 60)], last=True, reason="closed")
    report = verify(maker.folder)
    assert report.ok
    assert "khôi phục sau sự cố" in report.sentence
    damaged = bytearray(whole + b"\x00\x00")
    damaged[1_000] ^= 4
    rewrite(path, bytes(damaged))
    problem = verify(maker.folder).problems[0]
    assert problem.damage is Damage.BYTES
    assert problem.begin <= 1_000 < problem.end
    rewrite(path, whole)
    sidecar.write_bytes(b"{not json")
    assert first(verify(maker.folder)) == (Damage.SIDECAR, path.name)


def test_a_segment_still_being_written_is_no_damage(tmp_path: Path) -> None:
    maker = JournalMaker(tmp_path / "turn1-g1")
    path = maker.segment([opened(1), *packets(0, 120)], end=False)
    path.chmod(0o600)
    report = verify(maker.folder)
    assert report.ok
    assert "đang được ghi" in report.sentence
    path.write_bytes(path.read_bytes()[:-3])
    assert verify(maker.folder).ok


def test_nothing_there_and_the_unknown_are_said_plainly(tmp_path: Path) -> None:
    assert verify(tmp_path).problems[0].damage is Damage.NOTHING
    assert verify(tmp_path / "none" / "000001.dcj").problems[0].damage is Damage.NOTHING
    header = journal.SegmentHeader(
        version=9, session="s", turn="t", recording=tmp_path.name, generation=1, boot="b", segment=1,
        previous="00" * 32, clock_offset=0.0, wall=0.0,
    )  # fmt: skip
    (tmp_path / "000001.dcj").write_bytes(journal.MAGIC + journal.encode(header))
    assert verify(tmp_path).problems[0].damage is Damage.UNSUPPORTED


def test_every_damage_has_its_sentence() -> None:
    from recordings.verification import Problem

    for damage in Damage:
        assert Problem(damage, Path("000001.dcj"), 3, 9).sentence.endswith(".")

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.journal import format as journal
from tests.recordings.making import ORDER, JournalMaker, ns, opened, report

RECORDS: list[journal.Record] = [
    opened(1),
    opened(2, kind="audio"),
    journal.Packet(1, ns(0.0), bytes(range(200))),
    report(1, 0.1, 1_700_000_000.0, 90_000),
    journal.Packet(2, ns(0.2), b""),
    journal.Mark(kind="gap", text="đầy ổ đĩa", at_ns=ns(0.5), since_ns=ns(0.3), packets=7),
    journal.TrackStopped(track=2, reason="consent", at_ns=ns(0.6)),
    *(journal.Packet(1, ns(1 + i / 50), random.Random(i).randbytes(40)) for i in range(120)),
]


def segment_bytes(tmp_path: Path) -> bytes:
    return JournalMaker(tmp_path / "r").segment(RECORDS, last=True, reason="closed").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return segment_bytes(tmp_path_factory.mktemp("segment"))


def read(data: bytes) -> tuple[journal.SegmentReader, list[tuple[int, int, journal.Record]]]:
    reader = journal.SegmentReader(data)
    return reader, list(reader.records())


def test_what_was_written_is_read_again(whole: bytes) -> None:
    reader, records = read(whole)
    assert reader.tear is None
    assert reader.ended is not None
    assert reader.ended.last
    assert reader.ended.head == journal.chain_head(journal.NO_HEAD.hex(), whole[: records[-1][0]])
    assert reader.good_size == len(whole)
    assert reader.header is not None
    assert reader.header.clock_offset == ORDER.clock_offset
    content = [r for _, _, r in records[1:-1] if not isinstance(r, journal.Checkpoint)]
    assert content == RECORDS


def test_every_checkpoint_knows_the_head_of_what_stands_before_it(whole: bytes) -> None:
    reader, records = read(whole)
    assert reader.header is not None
    checkpoints = [(begin, r) for begin, _, r in records if isinstance(r, journal.Checkpoint)]
    assert len(checkpoints) >= 2
    for begin, checkpoint in checkpoints:
        assert checkpoint.offset == begin
        assert checkpoint.head.hex() == journal.chain_head(reader.header.previous, whole[:begin])


def test_a_tail_torn_at_any_byte_loses_only_the_torn_record(whole: bytes) -> None:
    _, records = read(whole)
    for size in range(len(whole)):
        reader, got = read(whole[:size])
        expected = [entry for entry in records if entry[1] <= size]
        assert got == expected
        assert reader.ended is None
        if reader.tear is not None:
            assert (
                reader.tear.offset == max((end for _, end, _ in expected), default=len(journal.MAGIC)) or not expected
            )


def test_a_zeroed_tail_after_a_loss_of_power_ends_the_reading(whole: bytes) -> None:
    _, records = read(whole)
    for size in range(len(journal.MAGIC), len(whole), 37):
        reader, got = read(whole[:size] + bytes(len(whole) - size))
        assert got == [entry for entry in records if entry[1] <= size]
        assert reader.tear is not None


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_a_flipped_bit_anywhere_is_found_and_everything_before_it_is_read(
    whole: bytes, position: int, bit: int
) -> None:
    position %= len(whole)
    damaged = bytearray(whole)
    damaged[position] ^= 1 << bit
    _, records = read(whole)
    reader, got = read(bytes(damaged))
    assert reader.tear is not None
    assert reader.tear.offset <= position < max(
        reader.tear.end, len(journal.MAGIC) if not got else reader.tear.end
    ) or (
        # A flipped length moves the end of the record; its beginning is still right.
        reader.tear.offset <= position < reader.tear.offset + 5
    )
    before = [entry for entry in records if entry[1] <= position]
    assert got[: len(before)] == before
    assert len(got) == len(before)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_can_be_read_without_an_exception(data: bytes) -> None:
    read(data)
    read(journal.MAGIC + data)
    for record_type in range(12):
        header = journal.frame(journal.HEADER, b"{}")
        read(journal.MAGIC + header + journal.frame(record_type, data))


def test_records_after_the_end_are_damage(whole: bytes) -> None:
    reader, _ = read(whole + journal.encode(journal.Packet(1, 1, b"late")))
    assert reader.tear is not None
    assert reader.tear.why == "after-end"


def test_a_record_of_a_type_from_the_future_is_passed_over(tmp_path: Path) -> None:
    data = segment_bytes(tmp_path)
    (begin, _, _) = read(data)[1][-1]
    end = data[begin:]
    newer = data.removesuffix(end) + journal.frame(77, b"something new") + end
    reader, records = read(newer)
    assert reader.tear is None
    assert reader.ended is not None
    assert len(records) == len(read(data)[1])


@pytest.mark.parametrize("changes", [{"version": 2}, {"encryption": "aes-256-gcm"}])
def test_a_newer_version_or_an_encrypted_segment_says_so(changes: dict[str, object]) -> None:
    fields: dict[str, object] = {
        "version": 1, "session": "s", "turn": "t", "recording": "r", "generation": 1, "boot": "b", "segment": 1,
        "previous": "00" * 32, "clock_offset": 0.0, "wall": 0.0, **changes,
    }  # fmt: skip
    header = journal.SegmentHeader(**fields)  # type: ignore[arg-type]
    with pytest.raises(journal.UnsupportedJournal):
        journal.SegmentReader(journal.MAGIC + journal.encode(header))


def test_a_header_with_an_impossible_chain_is_no_header() -> None:
    header = journal.SegmentHeader(
        version=1, session="s", turn="t", recording="r", generation=1, boot="b", segment=1, previous="zz",
        clock_offset=0.0, wall=0.0,
    )  # fmt: skip
    reader, records = read(journal.MAGIC + journal.encode(header))
    assert records == []
    assert reader.tear is not None
    assert reader.tear.why == "header"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc", "-x", "a b", "ổ", "a" * 129, "a\n"])
def test_names_that_could_leave_the_tree_are_no_names(name: str) -> None:
    assert not journal.is_name(name)


def test_ids_as_the_node_makes_them_are_names() -> None:
    assert journal.is_name("bD5x_-Q0123456789-g12")

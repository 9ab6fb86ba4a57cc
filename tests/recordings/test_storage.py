from pathlib import Path

import pytest

from recordings.journal import format as journal
from recordings.storage import (
    SegmentState,
    file_hash,
    recording_folder,
    stored_recording,
    stored_recordings,
)
from tests.recordings.making import JournalMaker, opened, order


def test_recordings_are_listed_with_the_state_of_their_segments(tmp_path: Path) -> None:
    maker = JournalMaker(tmp_path / "session1" / "turn1-g1")
    maker.segment([opened(1)])
    torn = maker.segment([opened(1)], end=False)
    size = torn.stat().st_size
    torn.chmod(0o644)
    torn.write_bytes(torn.read_bytes() + b"xx")
    torn.with_suffix(".closed").write_bytes(journal.encode_json(journal.Salvaged(size=size, head="00" * 32)))
    maker.segment([opened(1)], end=False).chmod(0o600)
    (maker.folder / "notes.txt").write_text("not ours")
    (maker.folder / "7.dcj").write_text("not our name")
    (recording,) = stored_recordings(tmp_path)
    assert (recording.session, recording.recording) == ("session1", "turn1-g1")
    assert [segment.state for segment in recording.segments] == [
        SegmentState.FINISHED,
        SegmentState.SALVAGED,
        SegmentState.OPEN,
    ]
    assert recording.segments[1].good_size == size == recording.segments[1].size - 2
    assert recording.is_open
    assert recording.size == sum(path.stat().st_size for path in maker.paths)


def test_a_session_shows_only_its_own_recordings(tmp_path: Path) -> None:
    for session in ("session1", "session2"):
        JournalMaker(tmp_path / session / "turn1-g1", order()).segment([opened(1)])
    assert [found.session for found in stored_recordings(tmp_path, "session2")] == ["session2"]
    assert list(stored_recordings(tmp_path, "session3")) == []
    assert stored_recording(tmp_path, "session3", "turn1-g1").segments == []


@pytest.mark.parametrize("name", ["..", "a/b", "", "/etc", "họp"])
def test_a_name_that_leaves_the_tree_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError):
        recording_folder(tmp_path, name, "turn1-g1")
    with pytest.raises(ValueError):
        recording_folder(tmp_path, "session1", name)
    with pytest.raises(ValueError):
        list(stored_recordings(tmp_path, name))


def test_a_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert file_hash(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

"""`manifest.json` beside the media of a turn: written last, so where it is, the media is whole."""

from pathlib import Path

import msgspec

MANIFEST_NAME = "manifest.json"
MANIFEST_VERSION = 1


class MediaFile(msgspec.Struct, frozen=True, kw_only=True):
    """One seat's WebM. Intervals are [from, to] in media time: seconds from the start of the file.

    Every file begins at media time 0 and is as long as the turn: where a seat said nothing its sound is silence, and a
    seat without a microphone has a silent track, so that all files run in step in any player. `has_audio` says whether
    there was real sound. `frames`: VP8 frames in the file. `frames_left_out`: frames that were not whole in the journal
    or came before the first keyframe.
    """

    seat: str
    path: str
    has_audio: bool
    has_video: bool
    intervals: list[tuple[float, float]]
    audio_intervals: list[tuple[float, float]]
    video_intervals: list[tuple[float, float]]
    frames: int
    audio_packets: int
    frames_left_out: int
    packets_lost: int
    sha256: str
    size: int
    width: int
    height: int


class MediaGap(msgspec.Struct, frozen=True, kw_only=True):
    """[begin, end] in media time. `kind`: pause, gap, crash, move, problem, damage. `text` is Vietnamese or a person's."""

    begin: float
    end: float
    kind: str
    text: str


class SourceSegment(msgspec.Struct, frozen=True, kw_only=True):
    """What the media was made of: the good `size` bytes of a journal segment and their hex SHA-256 (`head`)."""

    recording: str
    segment: int
    size: int
    head: str


class MediaManifest(msgspec.Struct, frozen=True, kw_only=True):
    """`start_session_time`: session time (seconds) of media time 0. `duration` in seconds, of every file.

    `problems`: sentences in Vietnamese about journals that could not be read whole.
    """

    version: int
    start_session_time: float
    duration: float
    files: list[MediaFile]
    gaps: list[MediaGap]
    problems: list[str]
    sources: list[SourceSegment]


def read_manifest(folder: Path) -> MediaManifest:
    """Raises FileNotFoundError when the media is not there (yet), ValueError when the manifest is damaged."""
    return msgspec.json.decode((folder / MANIFEST_NAME).read_bytes(), type=MediaManifest)


def encode_manifest(manifest: MediaManifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)

"""Journals of a turn in, WebM files and manifest out."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from recordings.journal.format import is_name
from recordings.muxing.manifest import (
    MANIFEST_NAME,
    MANIFEST_VERSION,
    MediaFile,
    MediaGap,
    MediaManifest,
    encode_manifest,
)
from recordings.muxing.reading import JournalSource
from recordings.muxing.webm import SeatWebm, union
from recordings.storage import file_hash
from recordings.timeline.plan import Gap, Plan, Survey
from recordings.timeline.replay import Replay

#: Sound and picture that come later than this after their neighbours are laid elsewhere or left out; what waits is in
#: memory, so it is bounded by this too. Above the timeline's 2 s for lost packets and any queue of a living line.
HOLD = 10.0
#: Packets between two looks at the clock of the files: often enough to stay far below `HOLD`.
_ROUND = 256

_GAP_TEXTS = {
    "gap": "Không ghi được đoạn này ({packets} gói tin bị mất).",
    "crash": "Bộ ghi khởi động lại; đoạn này không có trong bản ghi.",
    "problem": "Bộ ghi bị ngắt rồi được nối lại.",
    "move": "Cuộc gọi được chuyển máy chủ; đoạn nối lại không có trong bản ghi.",
}


def build_media(recording_dirs: list[Path], out_dir: Path, progress: Callable[[float], None]) -> MediaManifest:
    """One WebM per seat from all journals (generations) of one turn, and their manifest, in `out_dir`.

    `progress` is called with 0…1 now and then; an exception raised in it ends the work and leaves no half-made file.
    The same journals give the same bytes. Raises OSError when `out_dir` cannot be written. A turn in which nothing was
    recorded gives a manifest without files.
    """
    source = JournalSource(sorted(recording_dirs))
    work = _Progress(progress, 2 * max(1, source.size()))
    survey = Survey()
    for timed in source.records(work.add):
        survey.feed(timed)
    plan = survey.plan()
    out_dir.mkdir(parents=True, exist_ok=True)
    drafts: dict[str, Path] = {seat: out_dir / f"{_file_stem(seat)}.webm-draft" for seat in plan.seats}
    try:
        files = _write_files(source, plan, drafts, work)
        manifest = MediaManifest(
            version=MANIFEST_VERSION,
            start_session_time=plan.start,
            duration=round(plan.end - plan.start, 3),
            files=files,
            gaps=[_media_gap(gap, plan) for gap in plan.gaps],
            problems=[
                f"Tệp {path.name} của bản ghi bị hỏng; phần sau chỗ hỏng không dùng được." for path in source.damaged
            ],
            sources=sorted(source.sources, key=lambda item: (item.recording, item.segment)),
        )
        _publish(out_dir, drafts, manifest)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    progress(1.0)
    return manifest


def _write_files(source: JournalSource, plan: Plan, drafts: dict[str, Path], work: "_Progress") -> list[MediaFile]:
    replay = Replay(plan)
    webms: dict[str, SeatWebm] = {}
    with contextlib.ExitStack() as stack:
        for seat, draft in drafts.items():
            webms[seat] = SeatWebm(draft, start=plan.start, picture=plan.picture_size(seat))
            stack.callback(webms[seat].abandon)
        for number, timed in enumerate(source.records(work.add)):
            for unit in replay.feed(timed):
                webms[unit.seat].put(unit)
            if number % _ROUND == 0:
                for webm in webms.values():
                    webm.write_until(timed.at - HOLD)
        for unit in replay.flush():
            webms[unit.seat].put(unit)
        for webm in webms.values():
            webm.finish(plan.end)
    return [_describe(seat, webms[seat], drafts[seat], plan, replay) for seat in drafts]


def _describe(seat: str, webm: SeatWebm, draft: Path, plan: Plan, replay: Replay) -> MediaFile:
    losses = replay.losses(seat)
    width, height = plan.picture_size(seat) or (0, 0)
    return MediaFile(
        seat=seat,
        path=f"{_file_stem(seat)}.webm",
        has_audio=webm.audio_packets > 0,
        has_video=webm.frames > 0,
        intervals=union(webm.audio_intervals, webm.video_intervals),
        audio_intervals=union(webm.audio_intervals, []),
        video_intervals=union([], webm.video_intervals),
        frames=webm.frames,
        audio_packets=webm.audio_packets,
        frames_left_out=losses.frames_incomplete + losses.frames_before_keyframe,
        packets_lost=losses.packets_lost,
        sha256=file_hash(draft),
        size=draft.stat().st_size,
        width=width,
        height=height,
    )


def _media_gap(gap: Gap, plan: Plan) -> MediaGap:
    length = plan.end - plan.start
    begin = min(max(0.0, gap.begin - plan.start), length)
    end = min(max(begin, gap.end - plan.start), length)
    text = _GAP_TEXTS[gap.kind].format(packets=gap.packets) if gap.kind in _GAP_TEXTS else gap.text
    return MediaGap(begin=round(begin, 3), end=round(end, 3), kind=gap.kind, text=text)


def _publish(out_dir: Path, drafts: dict[str, Path], manifest: MediaManifest) -> None:
    """Old manifest away, files in place, new manifest last: at no moment does a manifest name a file that is not whole."""
    manifest_path = out_dir / MANIFEST_NAME
    manifest_path.unlink(missing_ok=True)
    wanted = {file.path for file in manifest.files}
    for old in out_dir.glob("*.webm"):
        if old.name not in wanted:
            old.unlink()
    for draft in drafts.values():
        with draft.open("rb") as media:
            os.fsync(media.fileno())
        draft.replace(draft.with_suffix(".webm"))
    manifest_draft = out_dir / f"{MANIFEST_NAME}-draft"
    with manifest_draft.open("wb") as file:
        file.write(encode_manifest(manifest))
        file.flush()
        os.fsync(file.fileno())
    manifest_draft.replace(manifest_path)


def _file_stem(seat: str) -> str:
    """Seat ids are random names; anything else must not become a path."""
    return seat if is_name(seat) else f"seat-{seat.encode().hex()[:64]}"


class _Progress:
    """Bytes read → share done. Told at most a hundred times."""

    def __init__(self, tell: Callable[[float], None], total: int) -> None:
        self._tell = tell
        self._total = total
        self._done = 0
        self._told = 0.0

    def add(self, size: int) -> None:
        self._done += size
        share = min(1.0, self._done / self._total)
        if share - self._told >= 0.01:
            self._told = share
            self._tell(share)

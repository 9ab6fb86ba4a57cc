"""Who fills which slot for whom, turned into flat forwarding tables on the published tracks.

Every method answers with the tracks that should be asked for a keyframe.
"""

from collections.abc import Iterable

from signaling.protocol.ids import SeatId
from signaling.protocol.slots import SLOTS, MediaKind
from signaling.relay.streams import Stream
from signaling.relay.tracks import Device, PublishedTrack


def device_of(slot: str) -> Device:
    """Which device of the named seat a slot shows."""
    if SLOTS[slot] is MediaKind.AUDIO:
        return Device.MICROPHONE
    return Device.SCREEN if slot.startswith("screen") else Device.CAMERA


_DEVICE_OF_SLOT = {slot: device_of(slot) for slot in SLOTS}


class Router:
    """Tables of one node. A slot may be assigned before its seat publishes or its subscriber is connected."""

    def __init__(self) -> None:
        self._tracks: dict[tuple[SeatId, Device], PublishedTrack] = {}
        self._open: dict[SeatId, tuple[bool, bool]] = {}
        self._slots: dict[SeatId, dict[str, SeatId]] = {}
        self._streams: dict[SeatId, dict[str, Stream]] = {}
        self._waiting: dict[tuple[SeatId, str], PublishedTrack] = {}
        #: (publisher, kind) → the recorder's stream; its slot names the kind.
        self._taps: dict[tuple[SeatId, MediaKind], Stream] = {}

    def track(self, seat: SeatId, device: Device) -> PublishedTrack | None:
        return self._tracks.get((seat, device))

    def tracks(self) -> Iterable[PublishedTrack]:
        return self._tracks.values()

    def streams(self, seat: SeatId) -> dict[str, Stream]:
        return self._streams.get(seat, {})

    def publish(self, track: PublishedTrack) -> list[PublishedTrack]:
        """A track exists from now on; one of the same seat and device before it ends."""
        self.unpublish(track.seat, track.device)
        self._tracks[track.seat, track.device] = track
        track.open = self._is_open(track)
        return self._link_all(track.seat) + self._link_tap(track)

    def unpublish(self, seat: SeatId, device: Device) -> None:
        track = self._tracks.pop((seat, device), None)
        if track is None:
            return
        track.open = False
        self._release(track)
        track.forget()

    def assign(self, seat: SeatId, slots: dict[str, SeatId]) -> list[PublishedTrack]:
        """The whole mapping of a subscriber, slot → publishing seat."""
        self._slots[seat] = dict(slots)
        return self._link(seat)

    def connect(self, seat: SeatId, streams: Iterable[Stream]) -> list[PublishedTrack]:
        """The subscriber can receive; `streams` one per slot it accepted."""
        self.disconnect(seat)
        self._streams[seat] = {stream.slot: stream for stream in streams}
        return self._link(seat)

    def disconnect(self, seat: SeatId) -> None:
        """The subscriber cannot receive now; its slots stay assigned."""
        for stream in self._streams.pop(seat, {}).values():
            self._detach(stream)

    def set_open(self, seat: SeatId, *, microphone: bool, camera: bool) -> list[PublishedTrack]:
        self._open[seat] = (microphone, camera)
        wanted: list[PublishedTrack] = []
        for device in Device:
            track = self._tracks.get((seat, device))
            if track is None or track.open == self._is_open(track):
                continue
            track.open = not track.open
            if not track.open:
                self._release(track)
            else:
                wanted += self._link_tap(track)
        return wanted + self._link_all(seat)

    def open_tap(self, stream: Stream) -> list[PublishedTrack]:
        """`stream.seat` is the publisher; the recorder gets its microphone or camera. Replaces an earlier tap."""
        kind = MediaKind.VIDEO if stream.is_video else MediaKind.AUDIO
        self.close_tap(stream.seat, kind)
        self._taps[stream.seat, kind] = stream
        track = self._tracks.get((stream.seat, Device.CAMERA if stream.is_video else Device.MICROPHONE))
        return self._link_tap(track) if track is not None else []

    def close_tap(self, seat: SeatId, kind: MediaKind) -> Stream | None:
        stream = self._taps.pop((seat, kind), None)
        track = self._tracks.get((seat, Device.CAMERA if kind is MediaKind.VIDEO else Device.MICROPHONE))
        if track is not None:
            track.tap = None
        return stream

    def tap(self, seat: SeatId, kind: MediaKind) -> Stream | None:
        return self._taps.get((seat, kind))

    def drop(self, seat: SeatId) -> None:
        """Everything of a seat, as publisher and as subscriber."""
        self.disconnect(seat)
        self._slots.pop(seat, None)
        for device in Device:
            self.unpublish(seat, device)
        for kind in MediaKind:
            self._taps.pop((seat, kind), None)
        self._open.pop(seat, None)

    def begin(self, track: PublishedTrack, position: int, timestamp: int, picture: int, tl0: int, now: float) -> None:
        """Those who waited for `track` see it from this packet on: a keyframe's first one, or any of audio."""
        for stream in track.pending:
            stream.start(track, position, timestamp, picture, tl0, now)
            track.live.append(stream)
            self._waiting.pop((stream.seat, stream.slot), None)
        track.pending.clear()

    def restart(self, track: PublishedTrack) -> list[PublishedTrack]:
        """The publisher's numbers jumped: every stream begins anew, without a jump of its own."""
        self._release(track)
        return self._link_all(track.seat) + self._link_tap(track)

    # --- tables -------------------------------------------------------------------------------------------------

    def _is_open(self, track: PublishedTrack) -> bool:
        microphone, camera = self._open.get(track.seat, (False, False))
        return microphone if track.device is Device.MICROPHONE else camera or track.device is Device.SCREEN

    def _release(self, track: PublishedTrack) -> None:
        for stream in [*track.live, *track.pending]:
            self._detach(stream)
        if track.tap is not None:
            track.tap.stop()
            track.tap = None

    def _detach(self, stream: Stream) -> None:
        waiting = self._waiting.pop((stream.seat, stream.slot), None)
        if waiting is not None:
            waiting.pending.remove(stream)
        if stream.track is not None:
            stream.track.live.remove(stream)
            stream.stop()

    def _link_all(self, publisher: SeatId) -> list[PublishedTrack]:
        wanted: list[PublishedTrack] = []
        for seat, slots in self._slots.items():
            if publisher in slots.values():
                wanted += self._link(seat)
        return wanted

    def _link_tap(self, track: PublishedTrack) -> list[PublishedTrack]:
        if track.device is Device.SCREEN or not track.open:
            return []
        track.tap = self._taps.get((track.seat, track.device.kind))
        return [track] if track.tap is not None and track.is_video else []

    def _link(self, seat: SeatId) -> list[PublishedTrack]:
        """Makes the tables agree with the mapping of one subscriber."""
        slots = self._slots.get(seat, {})
        wanted: list[PublishedTrack] = []
        for slot, stream in self._streams.get(seat, {}).items():
            publisher = slots.get(slot)
            track = self._tracks.get((publisher, _DEVICE_OF_SLOT[slot])) if publisher is not None else None
            if track is not None and not track.open:
                track = None
            present = stream.track or self._waiting.get((seat, slot))
            if present is track:
                continue
            self._detach(stream)
            if track is not None:
                track.pending.append(stream)
                self._waiting[seat, slot] = track
                if track.is_video:
                    wanted.append(track)
        return wanted

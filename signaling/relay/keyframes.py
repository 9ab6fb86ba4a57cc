"""When to ask a publisher for a keyframe."""

#: A publisher answers with a large frame; one per 300 ms lets a joiner see soon without flooding its uplink. RFC 5104, 4.3.1.
REQUEST_INTERVAL = 0.3


class KeyframeRequests:
    """Of one publishing track. The wish stays until a keyframe comes, so a lost request is repeated."""

    __slots__ = ("_asked_at", "requested", "wanted")

    def __init__(self) -> None:
        self.wanted = False
        self.requested = 0
        self._asked_at = float("-inf")

    def want(self) -> None:
        self.wanted = True

    def due(self, now: float) -> bool:
        """Whether to send a request now; answering True counts it as sent."""
        if not self.wanted or now - self._asked_at < REQUEST_INTERVAL:
            return False
        self._asked_at = now
        self.requested += 1
        return True

    def arrived(self) -> None:
        self.wanted = False

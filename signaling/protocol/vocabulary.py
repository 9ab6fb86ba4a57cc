"""Closed lists that messages use on both sides of the node."""

from enum import StrEnum


class Role(StrEnum):
    """What a seat does in a session. Accounts have roles of their own in the hub."""

    CHAIR = "chair"
    SECRETARY = "secretary"
    REVIEWER = "reviewer"
    DISPATCHER = "dispatcher"
    RECEIVING_OFFICER = "receiving_officer"
    SITE = "site"  # a commune's terminal or desk: several people may share it
    CENTRAL_OFFICER = "central_officer"
    TASK_GROUP_MEMBER = "task_group_member"
    DEPARTMENT = "department"
    INSPECTOR = "inspector"
    INTERPRETER = "interpreter"
    GUEST = "guest"


#: Those who conduct: admit, mute, give the floor, start, pause and end turns, close.
CONDUCTORS = frozenset({Role.CHAIR, Role.SECRETARY, Role.DISPATCHER})


class Phase(StrEnum):
    """Of a session, as the room sees it."""

    LOBBY = "lobby"
    OPEN = "open"
    CLOSED = "closed"


class TurnState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Place(StrEnum):
    """Where a seat is: not admitted, admitted but outside the running turn, or in it."""

    LOBBY = "lobby"
    WAITING = "waiting"
    ROOM = "room"


class Consent(StrEnum):
    """A person's choice about being recorded, most restrictive last but one; undecided counts as none."""

    AUDIO_VIDEO = "audio_video"
    VOICE = "voice"
    NONE = "none"
    UNDECIDED = "undecided"


class RecordingState(StrEnum):
    OFF = "off"
    RECORDING = "recording"
    PAUSED = "paused"
    FAILED = "failed"


class RecordingPolicy(StrEnum):
    """Of the session kind: recording is a policy, not a button."""

    AFTER_ANNOUNCEMENT = "after_announcement"
    NEVER = "never"


class Connection(StrEnum):
    """The two peer connections of one browser."""

    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"


class MediaState(StrEnum):
    NEW = "new"
    CONNECTED = "connected"
    LOST = "lost"
    CLOSED = "closed"


class LeftReason(StrEnum):
    """Why a seat's connection ended."""

    LEFT = "left"
    LOST = "lost"
    TAKEN_OVER = "taken_over"
    SENT_BACK = "sent_back"
    REVOKED = "revoked"
    CLOSED = "closed"
    SUPERSEDED = "superseded"

"""Who may call what: every route has its row here, and a route without one answers nobody.

A permission opens the door; what is behind it is narrowed further by the reader in every repository (case class, unit,
site, seat). The rows are used by `web.desk`, and a test compares them with the routes that exist.
"""

from enum import StrEnum

from hub.accounts.roles import Permission as P


class Open(StrEnum):
    """Rows that ask for no permission."""

    ANYONE = "anyone"  # no sign-in
    SIGNED_IN = "signed_in"  # any role
    NODE = "node"  # the key of a media node


Rule = P | Open

API = "/api/v1"

ACCESS: dict[tuple[str, str], Rule] = {
    # signing in and out
    ("GET", "/sign-in"): Open.ANYONE,
    ("POST", "/sign-in"): Open.ANYONE,
    ("POST", "/sign-out"): Open.ANYONE,
    ("GET", f"{API}/sign-in"): Open.ANYONE,
    ("POST", f"{API}/sign-in"): Open.ANYONE,
    ("POST", f"{API}/sign-out"): Open.SIGNED_IN,
    ("GET", f"{API}/me"): Open.SIGNED_IN,
    # the machine's own questions
    ("GET", "/healthz"): Open.ANYONE,
    ("GET", "/readyz"): Open.ANYONE,
    ("GET", "/openapi.json"): Open.ANYONE,
    ("WS", f"{API}/nodes/link"): Open.NODE,
    # units
    ("GET", f"{API}/units"): P.UNIT_LIST,
    ("GET", f"{API}/sites"): P.UNIT_LIST,
    # cases
    ("GET", "/cases"): P.CASE_LIST,
    ("GET", "/cases/new"): P.CASE_CREATE,
    ("POST", "/cases/new"): P.CASE_CREATE,
    ("GET", "/cases/{case_id}"): P.CASE_LIST,
    ("GET", f"{API}/cases"): P.CASE_LIST,
    ("POST", f"{API}/cases"): P.CASE_CREATE,
    ("GET", f"{API}/cases/{{case_id}}"): P.CASE_LIST,
    # sessions
    ("GET", "/"): P.HOME,
    ("GET", "/calendar"): P.SESSION_LIST,
    ("GET", "/sessions/new"): P.SESSION_PLAN,
    ("POST", "/sessions/new"): P.SESSION_PLAN,
    ("GET", "/sessions/{session_id}"): P.SESSION_LIST,
    ("POST", "/sessions/{session_id}/open"): P.SESSION_OPEN,
    ("GET", "/sessions/{session_id}/lobby"): P.SESSION_JOIN,
    ("GET", "/sessions/{session_id}/room"): P.SESSION_JOIN,
    ("GET", f"{API}/sessions"): P.SESSION_LIST,
    ("POST", f"{API}/sessions"): P.SESSION_PLAN,
    ("GET", f"{API}/sessions/{{session_id}}"): P.SESSION_LIST,
    ("POST", f"{API}/sessions/{{session_id}}/open"): P.SESSION_OPEN,
    ("POST", f"{API}/sessions/{{session_id}}/join-pass"): P.SESSION_JOIN,
    ("GET", f"{API}/sessions/{{session_id}}/events"): P.SESSION_LIST,
    # people of a turn and their consent
    ("GET", "/sessions/{session_id}/check-in"): P.CONSENT_TAKE,
    ("POST", "/sessions/{session_id}/check-in/people"): P.ATTENDANCE_WRITE,
    ("POST", "/sessions/{session_id}/check-in/consents"): P.CONSENT_TAKE,
    ("GET", f"{API}/turns/{{turn_id}}"): P.SESSION_LIST,
    ("POST", f"{API}/turns/{{turn_id}}/attendances"): P.ATTENDANCE_WRITE,
    ("POST", f"{API}/attendances/{{attendance_id}}/consents"): P.CONSENT_TAKE,
    # minutes
    ("GET", "/turns/{turn_id}/brief"): P.CASE_LIST,
    ("GET", "/turns/{turn_id}/minutes"): P.MINUTES_READ,
    ("GET", "/turns/{turn_id}/review"): P.RECORDING_PLAY,
    ("GET", f"{API}/turns/{{turn_id}}/lines"): P.MINUTES_READ,
    ("PUT", f"{API}/turns/{{turn_id}}/lines/{{line_id}}"): P.MINUTES_WRITE,
    ("DELETE", f"{API}/turns/{{turn_id}}/lines/{{line_id}}"): P.MINUTES_WRITE,
    ("POST", f"{API}/lines/{{line_id}}/anchor"): P.MINUTES_REVIEW,
    ("POST", f"{API}/lines/{{line_id}}/check"): P.MINUTES_REVIEW,
    ("POST", f"{API}/turns/{{turn_id}}/sign-off"): P.MINUTES_REVIEW,
    # recordings
    ("GET", f"{API}/turns/{{turn_id}}/recording"): P.RECORDING_PLAY,
    ("GET", f"{API}/recordings/{{recording_id}}/files/{{file_id}}"): P.RECORDING_PLAY,
    # the log
    ("GET", "/audit"): P.AUDIT_READ,
}

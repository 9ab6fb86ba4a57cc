"""Seats and stages as the node sends them, for the tests of what the page makes of them."""

from typing import Any


def seat(name: str, *, place: str = "room", role: str = "site", **changes: Any) -> dict[str, Any]:
    return {
        "seat": name,
        "name": name.title(),
        "site": f"Site {name}",
        "role": role,
        "place": place,
        "connected": True,
        "media": "connected",
        "microphone": True,
        "camera": True,
        "hand_raised_at": None,
        "recorded": "none",
        "people": [],
        **changes,
    }


def person(name: str, *, consent: str = "audio_video", interpreter: bool = False) -> dict[str, Any]:
    return {"attendance": f"at-{name}", "name": name, "capacity": "", "interpreter": interpreter, "consent": consent}


def turn(number: int, state: str = "waiting") -> dict[str, Any]:
    return {"turn": f"turn-{number}", "number": number, "title": f"LS-{number}", "state": state, "seats": []}


def stage(*turns: dict[str, Any], **changes: Any) -> dict[str, Any]:
    running = next((one for one in turns if one["state"] in ("running", "paused")), None)
    return {
        "phase": "open",
        "turn": running["turn"] if running else None,
        "turn_state": running["state"] if running else None,
        "turn_since": 0.0,
        "paused_reason": "",
        "announced": False,
        "floor": None,
        "floor_since": None,
        "recording": "off",
        "recording_since": None,
        "recording_problem": "",
        "turns": list(turns),
        **changes,
    }


def call(me: str, seats: list[dict[str, Any]], slots: dict[str, str] | None = None, **of_stage: Any) -> dict[str, Any]:
    turns = of_stage.pop("turns", [turn(1, "running")])
    return {"me": me, "generation": 1, "stage": stage(*turns, **of_stage), "seats": seats, "slots": slots or {}}

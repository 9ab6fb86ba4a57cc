"""JSON logs on standard output, one object a line, with one step that keeps names and secrets out.

Every log line of the office passes `redact`. What is logged is ids, codes and figures; whoever logs a name by mistake finds
the field's value replaced, not printed.
"""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[…]"

#: Fields that hold what must not be logged, wherever they turn up. Compared in lower case, whole or as a last part
#: ("join_pass", "csrf_token").
SECRET_FIELDS = frozenset(
    {
        "password",
        "secret",
        "token",
        "pass",
        "pass_text",
        "key",
        "cookie",
        "authorization",
        "pwd",
        "ufrag",
        "sdp",
        "candidate",
    }
)
PERSONAL_FIELDS = frozenset(
    {"name", "full_name", "username", "honorific", "speaker", "identity", "phone", "address_home", "birth_year", "text"}
)
#: Fields whose last part looks like one of the above but holds nothing to hide.
HARMLESS_FIELDS = frozenset({"process_name", "file_name", "job_key", "logger_name"})

#: Things that look like secrets inside any text: a join pass (two base64url parts), a bearer token, ICE passwords in SDP,
#: a password within a database address.
_SECRET_TEXT = re.compile(
    r"(?P<pass>\beyJ[\w-]{40,}\.[\w-]{40,})"
    r"|(?P<bearer>\b[Bb]earer\s+[\w.~+/=-]+)"
    r"|(?P<ice>a=ice-(?:pwd|ufrag):\S+)"
    r"|(?P<url>(?<=://)[^\s:/@]+:[^\s/@]+(?=@))"
)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace what must not be logged, at any depth."""
    return {field: _clean(field, value) for field, value in event.items()}


def _clean(field: str, value: Any) -> Any:
    if field != "event" and _is_hidden(field):
        return HIDDEN
    if isinstance(value, str):
        return _SECRET_TEXT.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {key: _clean(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item) for item in value]
    if isinstance(value, BaseException):
        return _SECRET_TEXT.sub(HIDDEN, repr(value))
    return value


def _is_hidden(field: str) -> bool:
    lowered = field.lower()
    if lowered in HARMLESS_FIELDS:
        return False
    hidden = SECRET_FIELDS | PERSONAL_FIELDS
    return lowered in hidden or lowered.rpartition("_")[2] in hidden or lowered.rpartition("-")[2] in hidden


def _name_process(process: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return add


def configure(process: str, level: str = "info") -> None:
    """Send every log of this process, ours and the libraries', to standard output as JSON. `level`: debug … error."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _name_process(process),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in list(logging.Logger.manager.loggerDict):
        # A library that configured logging before us may have silenced loggers or kept their lines to itself.
        logger = logging.getLogger(name)
        logger.disabled = False
        logger.propagate = True
    for noisy in ("alembic", "aiosqlite", "sqlalchemy", "asyncio", "websockets", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(max(number, logging.WARNING))


def bind_request(request_id: str) -> None:
    """Every log line of this request, from here on, carries its id."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request_id)

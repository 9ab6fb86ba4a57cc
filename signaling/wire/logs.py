"""JSON logs on standard output. What could be a person's name or a secret never gets that far."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

#: Fields that hold names or secrets; whoever logs one by mistake finds it replaced.
HIDDEN_FIELDS = frozenset(
    {
        "name",
        "people",
        "site",
        "title",
        "token",
        "resume",
        "pass",
        "join_pass",
        "sdp",
        "authorization",
        "key",
        "message",
    }
)
HIDDEN = "[…]"

_SECRET = re.compile(r"\beyJ[\w-]{20,}\.[\w-]{40,}|\bBearer\s+\S+|a=ice-(?:pwd|ufrag):\S+|a=candidate:[^\r\n]+")


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for field, value in event.items():
        if field in HIDDEN_FIELDS:
            event[field] = HIDDEN
        elif isinstance(value, str):
            event[field] = _SECRET.sub(HIDDEN, value)
    return event


def configure(level: str = "info") -> None:
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False, default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared[:-1]],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.INFO))
    # Whoever scans ports would fill the log with failed handshakes, and the libraries' debug lines carry frames.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    for noisy in ("asyncio", "aiortc", "aioice"):
        logging.getLogger(noisy).setLevel(logging.WARNING)

"""`python -m recordings.writer`."""

import contextlib
import logging
import sys
from typing import TextIO, cast

import structlog
from pydantic import ValidationError

from recordings.writer.server import Writer, WriterLocked
from recordings.writer.settings import WriterSettings


class _PatientStream:
    """stderr that may be a closed pipe or a file on a full disk: recording goes on without its log."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def main() -> int:
    """Exit codes: 0 stopped by a signal, 2 cannot start (the reason is on stderr)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _PatientStream())),
    )
    try:
        settings = WriterSettings()
    except ValidationError as error:
        print(f"Cấu hình của bộ ghi không hợp lệ: {error}", file=sys.stderr)
        return 2
    try:
        writer = Writer(settings)
    except WriterLocked:
        print(
            f"Đã có một bộ ghi khác làm việc trong thư mục dữ liệu {settings.data_dir}. Mỗi thư mục chỉ có một bộ ghi.",
            file=sys.stderr,
        )
        return 2
    except OSError as error:
        print(f"Không ghi được vào thư mục dữ liệu {settings.data_dir}: {error.strerror}.", file=sys.stderr)
        return 2
    writer.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

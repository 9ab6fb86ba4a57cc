"""`python -m recordings.writer`."""

import logging
import sys

import structlog
from pydantic import ValidationError

from recordings.writer.server import Writer, WriterLocked
from recordings.writer.settings import WriterSettings


def main() -> int:
    """Exit codes: 0 stopped by a signal, 2 cannot start (the reason is on stderr)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
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

"""`python -m hub.worker.build OUT_DIR JOURNAL_DIR…`: makes the playable files of one recording, in a process of its own.

Muxing in a child keeps the worker answering, gives its memory back, and confines a fault in a media library to one job.
Writes a line with a number from 0 to 1 to standard output now and then; the manifest lies in OUT_DIR when it has ended
with 0. Ends by itself when the worker is gone.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from recordings.muxing import build_media

_PR_SET_PDEATHSIG = 1
#: Often enough for a progress bar, seldom enough to cost nothing.
_REPORT_INTERVAL = 0.5


def _end_with_parent(parent: int) -> None:
    """prctl(2): a worker that was killed cannot stop its children itself."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)


def main(arguments: list[str]) -> None:
    parent, out_dir, *journals = arguments
    _end_with_parent(int(parent))
    reported = 0.0

    def report(progress: float) -> None:
        nonlocal reported
        now = time.monotonic()
        if now - reported >= _REPORT_INTERVAL:
            reported = now
            print(f"{progress:.4f}", flush=True)

    # Live calls come first on a small machine.
    os.nice(10)
    build_media([Path(journal) for journal in journals], Path(out_dir), report)


if __name__ == "__main__":
    main(sys.argv[1:])

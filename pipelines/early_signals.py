"""A signal that comes while the command line is still being imported: imported first of all, and for this alone.

From the first command on ``pipelines.interruption`` listens. Whoever merely imports the command line keeps their handlers.
"""

import os
import signal
import sys


def _end(signum: int, _frame: object) -> None:
    asks = "sql" in sys.argv[1:2]
    os.write(
        2,
        b"aftercall: interrupted; " + (b"the answer is not whole\n" if asks else b"nothing was published; run again\n"),
    )
    os._exit(128 + signum)


def _is_program() -> bool:
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", "") == "pipelines.cli" or os.path.basename(sys.argv[0]) == "aftercall"  # noqa: PTH119  (pathlib takes as long as all of this)


if _is_program():
    for _each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(_each, _end)

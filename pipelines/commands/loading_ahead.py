"""Modules and models that later steps need, loaded while DuckDB lands what came: it leaves the interpreter free meanwhile."""

import contextlib
import threading


def load_ahead() -> None:
    """Begin to load them, in a thread that nobody waits for: whoever needs one first waits for its import alone."""
    threading.Thread(target=_load, name="loading ahead", daemon=True).start()


def _load() -> None:
    # What cannot be loaded is told by the step that needs it.
    with contextlib.suppress(Exception):
        import pipelines.quality.expectations  # noqa: F401, PLC0415
        from pipelines.scoring.languages import load_identifier  # noqa: PLC0415

        load_identifier()

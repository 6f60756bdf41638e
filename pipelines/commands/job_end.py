"""How the nightly job ended, told without the words of the orchestrator."""

import traceback
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FailedStep:
    """The first failure. ``told``: (class, text) of the errors behind it, the outermost first."""

    step: str
    error: str
    text: str
    trace: str
    told: tuple[tuple[str, str], ...] = ()

    @classmethod
    def at_start(cls, error: Exception) -> "FailedStep":
        """What went wrong before the first step."""
        told = []
        cause: BaseException | None = error
        while cause is not None:
            told.append((type(cause).__name__, str(cause)))
            cause = cause.__cause__ or cause.__context__
        first = (str(error).strip().splitlines() or [""])[0]
        return cls("start", type(error).__name__, first, "".join(traceback.format_exception(error)), tuple(told))


@dataclass(frozen=True)
class JobEnd:
    """``failed_checks``: groups of blocking rules, as `table.group (what failed)`; ``step_seconds`` of what ran to its end."""

    failed_checks: tuple[str, ...] = ()
    failed: FailedStep | None = None
    step_seconds: dict[str, float] = field(default_factory=dict)

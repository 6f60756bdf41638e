"""The validated settings: one TOML file, every key documented here, secrets only from the environment.

``load_settings`` is the only way in. Whatever is wrong with the file becomes one ConfigError whose message
names the key, the value and the remedy; nothing else in the project parses configuration.
"""

import os
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.config.access import Dashboard
from pipelines.config.costs import Costs
from pipelines.config.presentation import ReportSettings
from pipelines.config.project import Project
from pipelines.config.source_lines import line_in_mapping
from pipelines.config.sources import Source
from pipelines.contract.canonical import CRM_EVENT_TYPES

PSEUDONYM_KEY_VARIABLE = "AFTERCALL_PSEUDONYM_KEY"
MINIMUM_KEY_BYTES = 32
#: What exports and telephone systems write where they do not know the customer, or the customer would not be known.
DEFAULT_SENTINELS = (
    *("?", "-", "--", "0", "N/A", "#N/A", "n.a.", "NA", "nan", "NaT", "<NA>", r"\N", "NULL", "(null)", "nil", "none"),
    *(
        "undefined",
        "unknown",
        "unavailable",
        "anonymous",
        "anonymous@anonymous.invalid",
        "private",
        "withheld",
        "restricted",
    ),
    "blocked",
)


class ConfigError(Exception):
    """The configuration, or what it points to, is unusable. The message names key, value and remedy."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Metrics(_Section):
    """`[metrics]`: parameters of the definitions."""

    min_n: int = Field(30, ge=1, description="Smallest denominator for which a rate is published.")
    lag_days: int = Field(0, ge=0, le=365, description="How many days complaint feeds run late (M5).")
    complaint_lookback_days: int = Field(90, ge=1, le=3650, description="How far back a complaint may link (M8).")
    customer_sentinels: tuple[str, ...] = Field(
        DEFAULT_SENTINELS,
        description="Customer ids that mean 'nobody knows'; compared without regard to case.",
    )
    unserved_disconnect_reasons: tuple[str, ...] = Field(
        (), description="Reasons that mean nobody was served, where `served` is absent (M1)."
    )
    phantom_disconnect_reasons: tuple[str, ...] = Field(
        (), description="Reasons that name phantom contacts: never eligible (M1)."
    )
    hangup_disconnect_reasons: tuple[str, ...] = Field(
        ("customer_hangup", "customer_disconnect", "abandoned"),
        description="Reasons that mean the customer hung up (M19).",
    )
    test_customer_ids: tuple[str, ...] = Field((), description="Customers that test the lines: never eligible (M1).")
    test_contact_ids: tuple[str, ...] = Field((), description="Test contacts (root ids): never eligible (M1).")
    stale_after_days: float = Field(
        3, gt=0, description="A source whose newest record is older than this, at as_of, is stale (warning)."
    )


class SentimentSettings(_Section):
    """`[sentiment]`: the model that scores customers' words (M7)."""

    model: str = Field(
        "",
        description="Empty: the embedded English model. Else a folder (relative to this file) or a model hub's name.",
    )
    languages: tuple[str, ...] = Field(
        (), description="ISO 639-1 codes that the model knows, where its folder does not say."
    )

    @field_validator("languages")
    @classmethod
    def _codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if not re.fullmatch("[a-z]{2}", code):
                raise ValueError(f"{code!r} is not an ISO 639-1 code; write 'en', 'es', …")
        return value


class Surveys(_Section):
    """`[surveys]`: which answers count for a contact (M7)."""

    early_seconds: int = Field(
        300,
        ge=0,
        le=86_400,
        description="An answer that came so many seconds before a contact's recorded end counts as after it: clocks differ.",
    )


class DivergenceSettings(_Section):
    """`[divergence]`: which days are compared, and which changes are worth a verdict (M16)."""

    period_days: int = Field(28, ge=1, le=366, description="Latest days whose windows have all closed.")
    baseline_days: int = Field(84, ge=1, le=3660, description="Days before them.")
    false_discovery_rate: float = Field(0.05, gt=0, lt=1, description="Largest expected share of false verdicts.")
    min_handle_time: float = Field(0.03, ge=0, le=10, description="Change of handle time, as a share of the baseline.")
    min_rate: float = Field(0.02, ge=0, le=1, description="Change of a rate (0.02: two points).")
    min_complaints: float = Field(1.0, ge=0, le=1000, description="Change of complaints per 1,000 contacts.")
    min_sentiment: float = Field(0.05, ge=0, le=2, description="Change of sentiment, from -1 to 1.")
    issue_change: float = Field(
        0.5,
        ge=0,
        le=10,
        description="An issue may have been recoded if its share of contacts moves by more of itself …",
    )
    issue_points: float = Field(0.02, ge=0, le=1, description="… and by more than this (0.02: two points).")


class PromiseSettings(_Section):
    """`[promises]`: when a promise is kept, and by what (M12)."""

    patterns: str = Field("", description="Folder with pattern files of further languages, relative to this file.")
    due_days: int = Field(14, ge=0, le=3650, description="Days until a promise without a date falls due.")
    done_days: int = Field(3, ge=0, le=3650, description="The same where it was said to be done already.")
    grace_days: float = Field(1.0, ge=0, le=365, description="Days after the due date that still count as on time.")
    late_days: float = Field(
        30.0, ge=0, le=3650, description="Days after the due date in which an event may keep it late."
    )
    amount_tolerance: float = Field(
        0.02, ge=0, lt=1, description="Largest difference of amounts, as a share of the promise."
    )
    events: dict[str, str] = Field(
        {
            "credit": "credit_issued",
            "refund": "refund_issued",
            "callback": "callback_completed",
            "replacement": "replacement_sent",
            "plan_change": "plan_changed",
        },
        description="Kind of promise and the CRM event that keeps it; other kinds only by commitment_id.",
    )

    @field_validator("events")
    @classmethod
    def _known_events(cls, value: dict[str, str]) -> dict[str, str]:
        for kind, event in value.items():
            if event not in CRM_EVENT_TYPES:
                raise ValueError(f"{kind} = {event!r} is no CRM event; write one of {', '.join(CRM_EVENT_TYPES)}")
        return {kind.strip().lower(): event for kind, event in value.items()}


class Review(_Section):
    """`[review]`: the random sample of the AI's claims that is drawn for review every night."""

    claims_per_day: int = Field(50, ge=0, le=100_000, description="Claims drawn of each day.")
    seed: str = Field("aftercall", min_length=1, description="Another seed draws another sample.")


class Quality(_Section):
    """`[quality]`: when a run may not publish, and when the published numbers are too old."""

    max_quarantined_share: float = Field(0.05, ge=0, le=1, description="Largest share of quarantined rows in a source.")
    min_rows: int = Field(100, ge=1, description="Sources with fewer rows never block by their share.")
    stale_run_hours: float = Field(
        36, gt=0, le=8760, description="Pages say so when no run has succeeded for so many hours."
    )
    max_bad_value_share: float = Field(
        0.05, ge=0, le=1, description="Largest share of bad values in a column of a source, from 20 values on."
    )
    max_unread_share: float = Field(
        0.01, ge=0, le=1, description="Largest share of a source, in bytes or files, that could not be read yet."
    )


class Ingest(_Section):
    """`[ingest]`: when a landing file is read."""

    quiet_seconds: float = Field(
        0, ge=0, le=86_400, description="A file that changed within so many seconds waits for the next run."
    )


class Settings(ReportSettings):
    """The whole configuration. Paths are absolute; ``config_path`` is the file it came from."""

    project: Project
    metrics: Metrics = Metrics()  # type: ignore[call-arg]
    sentiment: SentimentSettings = SentimentSettings()  # type: ignore[call-arg]
    surveys: Surveys = Surveys()  # type: ignore[call-arg]
    costs: Costs = Costs()  # type: ignore[call-arg]
    divergence: DivergenceSettings = DivergenceSettings()  # type: ignore[call-arg]
    promises: PromiseSettings = PromiseSettings()  # type: ignore[call-arg]
    review: Review = Review()  # type: ignore[call-arg]
    quality: Quality = Quality()  # type: ignore[call-arg]
    ingest: Ingest = Ingest()  # type: ignore[call-arg]
    dashboard: Dashboard = Dashboard()  # type: ignore[call-arg]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    config_path: Path

    @property
    def base_dir(self) -> Path:
        return self.config_path.parent

    @property
    def data_dir(self) -> Path:
        return self.project.data_dir

    @property
    def text_model(self) -> str:
        """The setting `sentiment.model`, a relative folder as seen from the configuration file."""
        name = self.sentiment.model
        return str(self.base_dir / name) if name and (self.base_dir / name).is_dir() else name

    @property
    def pattern_folder(self) -> Path | None:
        """The setting `promises.patterns`, as seen from the configuration file; None: only the patterns that come along."""
        return self.base_dir / self.promises.patterns if self.promises.patterns else None

    @property
    def users_file(self) -> Path | None:
        """The setting `dashboard.users`, as seen from the configuration file; None: nobody logs in."""
        return self.base_dir / self.dashboard.users if self.dashboard.users else None

    @cached_property
    def filled_tables(self) -> frozenset[str]:
        """Canonical tables that at least one configured source can fill (M5: parts without a source are left out)."""
        return frozenset(table for source in self.sources for table in source.reader.fills)


def load_settings(path: Path) -> Settings:
    """Read and validate a configuration file.

    Raises:
        ConfigError: the file is missing, is not TOML, or a key is missing, unknown or has a bad value.
    """
    path = path.expanduser().absolute()
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"configuration {path} does not exist; write one with `aftercall init` or name another with --config"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"configuration {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"configuration {path} is not valid TOML: {error}") from error
    if "config_path" in document:
        raise ConfigError(f"{path}: config_path: unknown key; remove it")
    try:
        settings = Settings.model_validate(_with_names({**document, "config_path": path}))
    except ValidationError as error:
        raise ConfigError(_in_words(path, error, document)) from error
    names = [source.name for source in settings.sources]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{path}: sources.name: {name!r} names two sources; give each [[sources]] its own name")
    joined = tuple(joined for source in settings.sources for joined in source.joined())
    data_dir = path.parent / settings.project.data_dir.expanduser()
    return settings.model_copy(
        update={
            "sources": (*settings.sources, *joined),
            "project": settings.project.model_copy(update={"data_dir": Path(os.path.normpath(data_dir))}),
        }
    )


def pseudonym_key() -> bytes:
    """The key of the customer pseudonyms. Raises ConfigError if the environment does not hold a usable one."""
    value = os.fsencode(os.environ.get(PSEUDONYM_KEY_VARIABLE, ""))
    remedy = f"set it to a secret of at least {MINIMUM_KEY_BYTES} bytes and keep it: with another key no customer is recognised again"
    if not value:
        raise ConfigError(f"{PSEUDONYM_KEY_VARIABLE} is not set; {remedy}")
    if len(value) < MINIMUM_KEY_BYTES:
        raise ConfigError(f"{PSEUDONYM_KEY_VARIABLE} has only {len(value)} bytes; {remedy}")
    return value


def _with_names(document: dict[str, Any]) -> dict[str, Any]:
    """Give sources without a name one that says what they are, and keeps them apart."""
    sources = document.get("sources")
    if not isinstance(sources, list):
        return document
    taken = {str(source["name"]) for source in sources if isinstance(source, dict) and source.get("name")}
    named: list[Any] = []
    for source in sources:
        if not isinstance(source, dict) or source.get("name"):
            named.append(source)
            continue
        parts = [source.get("system"), source.get("table") or source.get("format")]
        base = "-".join(str(part) for part in parts if part) or "source"
        name = next(
            candidate
            for candidate in (base, *(f"{base}-{n}" for n in range(2, len(sources) + 2)))
            if candidate not in taken
        )
        taken.add(name)
        named.append({**source, "name": name})
    return {**document, "sources": named}


def _in_words(path: Path, error: ValidationError, document: dict[str, Any]) -> str:
    """The first fault of a validation, as `file: key = value: what is wrong and what to write`."""
    fault = error.errors()[0]
    line = line_in_mapping(path.read_text("utf-8"), document, fault["loc"], fault["msg"])
    place = f"{path}, line {line}" if line else str(path)
    key = (
        ".".join(f"[{part}]" if isinstance(part, int) else str(part) for part in fault["loc"]).replace(".[", "[")
        or "file"
    )
    # Sources with a fault are not counted, so that the list of them may seem too short.
    others = [each for each in error.errors()[1:] if not (each["type"] == "too_short" and document.get("sources"))]
    more = f" (and {len(others)} more)" if others else ""
    kind = fault["type"]
    if kind == "missing":
        return f"{place}: {key} is missing; add it{more}"
    if kind == "extra_forbidden":
        return f"{place}: {key} is not a known key; remove it or check its spelling (`aftercall init` lists all keys){more}"
    message = fault["msg"].removeprefix("Value error, ")
    value = "" if isinstance(fault["input"], dict | list) else f" = {fault['input']!r}"
    return f"{place}: {key}{value}: {message}{more}"

"""The validated settings: one TOML file, every key documented here, secrets only from the environment.

``load_settings`` is the only way in. Whatever is wrong with the file becomes one ConfigError whose message
names the key, the value and the remedy; nothing else in the project parses configuration.
"""

import math
import os
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, ValidationError, field_validator, model_validator

from pipelines.config_metrics import Costs, Divergence, Promises, Review, Sentiment
from pipelines.config_report import ReportSettings
from pipelines.contract import CANONICAL_TABLES, Privacy

PSEUDONYM_KEY_VARIABLE = "AFTERCALL_PSEUDONYM_KEY"
MINIMUM_KEY_BYTES = 32
CANONICAL_FORMAT = "canonical"
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
#: Codes of strptime that DuckDB knows and that say something of a date or a time.
_DATE_CODES = frozenset("aAbBdfgHIjmMpSUwWyYz")
_MEMORY_LIMIT = re.compile(r"\d+(\.\d+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)")


class ConfigError(Exception):
    """The configuration, or what it points to, is unusable. The message names key, value and remedy."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _checked_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("is not an IANA time zone; write one such as 'Europe/Vienna' or 'UTC'")
    return value


class Project(_Section):
    """`[project]`: where things lie and how days are cut."""

    name: str = Field("aftercall", description="Name shown on reports and pages.")
    data_dir: Path = Field(description="Folder for warehouse, snapshots and reports; relative to this file.")
    time_zone: str = Field("UTC", description="Business time zone: reporting days and weeks are cut in it.")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="ISO 4217 code of money figures.")
    phone_region: str = Field(
        "US", pattern="^[A-Z]{2}$", description="Country in which a phone number without a prefix is read."
    )
    memory_limit: str = Field("4GB", description="Memory that DuckDB may use before it spills to disk.")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 2, ge=1, description="Threads that DuckDB may use.")
    keep_snapshots: int = Field(8, ge=1, description="How many published snapshots are kept.")
    nightly_at: str = Field("02:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Local time of the nightly job.")

    _zone = field_validator("time_zone")(_checked_zone)

    @field_validator("memory_limit")
    @classmethod
    def _memory(cls, value: str) -> str:
        if not _MEMORY_LIMIT.fullmatch(value):
            raise ValueError("is not a size; write one such as '4GB' or '512MB'")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


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


Role = Literal["viewer", "analyst", "admin"]
_HEADER = r"^([A-Za-z][A-Za-z0-9-]*)?$"


class Proxy(_Section):
    """`[dashboard.proxy]`: a proxy in front whose headers are believed, if it also sends AFTERCALL_PROXY_SECRET."""

    addresses: tuple[IPvAnyNetwork, ...] = Field((), description="Its addresses or networks; none: there is no proxy.")
    secret_header: str = Field("X-Aftercall-Secret", pattern=_HEADER, description="Header with the shared secret.")
    user_header: str = Field("", pattern=_HEADER, description="Header with the user's name; empty: it logs nobody in.")
    role_header: str = Field("", pattern=_HEADER, description="Header with groups or roles; empty: roles go by name.")
    roles: dict[str, Role] = Field({}, description="Group (without role_header: user) and the role that it has here.")

    @field_validator("addresses")
    @classmethod
    def _not_everybody(cls, value: tuple[IPvAnyNetwork, ...]) -> tuple[IPvAnyNetwork, ...]:
        if any(network.prefixlen == 0 for network in value):
            raise ValueError("holds every address there is; name the addresses of the proxy alone")
        return value


class Dashboard(_Section):
    """`[dashboard]`: who may see the pages. Without users and proxy only people at this machine may."""

    users: str = Field("", description="File of users, relative to this file; written by `aftercall user add`.")
    hosts: tuple[str, ...] = Field((), description="Names under which browsers reach the pages, without port.")
    idle_minutes: float = Field(30, gt=0, le=1440, description="A session ends after so long without use.")
    session_hours: float = Field(12, gt=0, le=168, description="A session ends so long after login in any case.")
    secure_cookies: bool | None = Field(
        None, description="Cookies go over TLS only; default: unless this machine alone is served."
    )
    proxy: Proxy = Proxy()  # type: ignore[call-arg]


class Quality(_Section):
    """`[quality]`: when a night may not publish."""

    max_quarantined_share: float = Field(0.05, ge=0, le=1, description="Largest share of quarantined rows in a source.")
    min_rows: int = Field(100, ge=1, description="Sources with fewer rows never block by their share.")
    max_bad_value_share: float = Field(
        0.05, ge=0, le=1, description="Largest share of bad values in a column of a source, from 20 values on."
    )


class Source(_Section):
    """`[[sources]]`: one kind of landing file."""

    name: str = Field("", description="Unique name; default: the format, with the table for canonical files.")
    format: str = Field(description="Reader: canonical, servicenow_incident, cfpb, vcon.")
    table: str = Field("", description="Canonical table, for format = 'canonical'.")
    path: str = Field(description="File or glob, relative to this file; ** spans folders.")
    system: str = Field("default", min_length=1, description="Scopes contact, case and claim ids.")
    time_zone: str | None = Field(None, description="Zone of instants without an offset; default: the project's.")
    date_order: Literal["dmy", "mdy"] | None = Field(
        None, description="Order of day and month where a file leaves it open."
    )
    date_format: tuple[str, ...] = Field(
        (), description="Patterns of strptime for dates and instants that are written in a way of their own."
    )
    phone_columns: tuple[str, ...] = Field(
        (), description="Id columns that hold phone numbers in national form, e.g. customer_id."
    )
    rating_scale: tuple[float, float] | None = Field(
        None, description="Worst and best rating that csat may have in the files, where they are not 1 and 5."
    )
    delivered_at: str | None = Field(
        None, description="Regular expression on the path whose group 'delivered' is the delivery time."
    )
    encoding: Literal["utf-8", "latin-1", "utf-16"] = Field("utf-8", description="Encoding of CSV files.")
    regulator: str = Field("CFPB", description="Regulator, where a complaint export does not name it.")

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return None if value is None else _checked_zone(value)

    @field_validator("date_format", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("date_format")
    @classmethod
    def _strptime(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            codes = re.findall(r"%-?(.?)", pattern.replace("%%", ""))
            unknown = [code for code in codes if code not in _DATE_CODES]
            if unknown:
                raise ValueError(
                    f"{pattern!r} holds %{unknown[0]}, which is not read; write codes such as %d.%m.%Y %H:%M:%S %z"
                )
            has_day = "j" in codes or (set(codes) & set("d") and set(codes) & set("mbB"))
            if not (has_day and set(codes) & set("yY")):
                raise ValueError(f"{pattern!r} names no day; write year, month and day, such as %d.%m.%Y")
        return value

    @field_validator("rating_scale")
    @classmethod
    def _ascending(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not (math.isfinite(value[0]) and math.isfinite(value[1]) and value[0] < value[1]):
            raise ValueError("is no scale; write the worst and the best rating, such as [1, 10]")
        return value

    @field_validator("delivered_at")
    @classmethod
    def _pattern(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise ValueError(f"is not a regular expression ({error})") from error
        if "delivered" not in pattern.groupindex:
            raise ValueError("has no group 'delivered'; write it as (?P<delivered>…) around the delivery time")
        return value

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        from pipelines.sources.registry import FORMATS  # noqa: PLC0415  (a circular import otherwise)

        if value not in FORMATS:
            raise ValueError(f"is not a known format; write one of {', '.join(FORMATS)}")
        return value

    @model_validator(mode="after")
    def _table_fits_format(self) -> "Source":
        if self.format == CANONICAL_FORMAT and self.table not in CANONICAL_TABLES:
            raise ValueError(
                f"table = {self.table!r} is not a canonical table; write one of {', '.join(CANONICAL_TABLES)}"
            )
        if self.format != CANONICAL_FORMAT and self.table:
            raise ValueError(
                f"table = {self.table!r} does not go with format = {self.format!r}, which fills its own tables; remove it"
            )
        return self

    @model_validator(mode="after")
    def _phones_are_ids(self) -> "Source":
        if not self.phone_columns:
            return self
        from pipelines.sources.registry import tables_read  # noqa: PLC0415  (a circular import otherwise)

        known = {
            column.name
            for table in tables_read(self.format, self.table)
            for column in table.columns
            if column.privacy in {Privacy.PSEUDONYM, Privacy.IDENTIFIER}
        }
        for name in self.phone_columns:
            if name not in known:
                raise ValueError(
                    f"phone_columns = {name!r} is no id of a person in this source; write one of {', '.join(sorted(known)) or '(there is none)'}"
                )
        return self


class Settings(ReportSettings):
    """The whole configuration. Paths are absolute; ``config_path`` is the file it came from."""

    project: Project
    metrics: Metrics = Metrics()  # type: ignore[call-arg]
    sentiment: Sentiment = Sentiment()  # type: ignore[call-arg]
    costs: Costs = Costs()  # type: ignore[call-arg]
    divergence: Divergence = Divergence()  # type: ignore[call-arg]
    promises: Promises = Promises()  # type: ignore[call-arg]
    review: Review = Review()  # type: ignore[call-arg]
    quality: Quality = Quality()  # type: ignore[call-arg]
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
        from pipelines.sources.registry import reader_for  # noqa: PLC0415  (readers import polars: not needed to read a config)

        return frozenset(table for source in self.sources for table in reader_for(source.format, source.table).fills)


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
        raise ConfigError(_in_words(path, error)) from error
    names = [source.name for source in settings.sources]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{path}: sources.name: {name!r} names two sources; give each [[sources]] its own name")
    data_dir = path.parent / settings.project.data_dir.expanduser()
    return settings.model_copy(
        update={"project": settings.project.model_copy(update={"data_dir": Path(os.path.normpath(data_dir))})}
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


def _in_words(path: Path, error: ValidationError) -> str:
    """The first fault of a validation, as `file: key = value: what is wrong and what to write`."""
    fault = error.errors()[0]
    key = (
        ".".join(f"[{part}]" if isinstance(part, int) else str(part) for part in fault["loc"]).replace(".[", "[")
        or "file"
    )
    more = f" (and {len(error.errors()) - 1} more)" if len(error.errors()) > 1 else ""
    kind = fault["type"]
    if kind == "missing":
        return f"{path}: {key} is missing; add it{more}"
    if kind == "extra_forbidden":
        return (
            f"{path}: {key} is not a known key; remove it or check its spelling (`aftercall init` lists all keys){more}"
        )
    message = fault["msg"].removeprefix("Value error, ")
    value = "" if isinstance(fault["input"], dict | list) else f" = {fault['input']!r}"
    return f"{path}: {key}{value}: {message}{more}"

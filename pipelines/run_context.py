"""One run: the state that the steps of a run share, and the decisions that are made once for all of them.

``RunContext`` knows when it is (``as_of``), whether anything is new, and which parameters the SQL models take. The steps
themselves are Dagster assets in ``pipelines/defs``; progress goes to whoever listens (the command line).
"""

import contextvars
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import duckdb

from pipelines import __version__
from pipelines.config import ConfigError, Settings
from pipelines.contract import CANONICAL_TABLES, CASE_RULES
from pipelines.contract.notices import Notice
from pipelines.extraction import Patterns, load_patterns
from pipelines.privacy.identity import normal_customer_ids, normal_ids
from pipelines.privacy.pseudonyms import Pseudonymiser
from pipelines.quality.auditor import DATA_QUALITY_DDL, Auditor
from pipelines.quality.data_docs import DataDocs
from pipelines.scoring.identity import TextModelIdentity, identify_text_model, language_detector_fingerprint
from pipelines.scoring.languages import language_names
from pipelines.scoring.restatement import RESTATEMENT_VERSION
from pipelines.scoring.text_encoder import identify_text_encoder
from pipelines.snapshot import SnapshotStore
from pipelines.snapshot_integrity import current_damage
from pipelines.step_times import StepTimes
from pipelines.warehouse.discover import Listing
from pipelines.warehouse.frames import create_analysis_tables
from pipelines.warehouse.landing import create_landing, forget_fact, read_fact, write_fact
from pipelines.warehouse.load import LoadSummary
from pipelines.warehouse.models import models_fingerprint
from pipelines.warehouse.publication import checksums_due, remember_checksums
from pipelines.warehouse.segment_spellings import SEGMENT_SPELLINGS_DDL
from pipelines.warehouse.text_embeddings import TEXT_EMBEDDINGS_DDL
from pipelines.warehouse.text_findings import TEXT_FINDINGS_DDL
from pipelines.warehouse.text_scores import TEXT_CACHE_DDL

#: What records write where they do not say a language.
_NO_LANGUAGE = ("und", "mul", "zxx", "mis", "unknown", "none", "null", "n/a", "na", "other", "?")
_PUBLISHED, _PARAMETERS, _KEY = "published_fingerprint", "run_parameters", "pseudonym_key"
_SNAPSHOT = "published_snapshot"
#: Keys of `[project]` that no published value depends on.
_NOT_IN_RESULTS = {"data_dir", "threads", "memory_limit", "nightly_at", "file_mode", "keep_snapshots"}

#: Up to so many bytes of landing files are little: hardly a table has a second group of 122,880 rows, on which a second thread
#: of the engine could work. Without one it would only be woken up and sent to sleep at each of a thousand statements.
_LITTLE = 4_000_000

#: Called with (what is being done, share done or None). The command line draws a bar from it.
listener: contextvars.ContextVar[Callable[[str, float | None], None]] = contextvars.ContextVar(
    "listener", default=lambda _what, _share: None
)


def tell(what: str, share: float | None = None) -> None:
    """Say what is being done, and how much of it is done (0 to 1), to whoever listens."""
    listener.get()(what, share)


@dataclass(frozen=True)
class RunOptions:
    """What the run was asked for."""

    as_of: str | None = None
    full_refresh: bool = False
    forget: tuple[str, ...] = ()
    """Names of unread files that will never come."""


class RunContext:
    """The run in progress, on one warehouse connection."""

    def __init__(
        self, settings: Settings, connection: duckdb.DuckDBPyConnection, key: bytes, options: RunOptions, run_id: str
    ) -> None:
        self.settings = settings
        self.connection = connection
        self.pseudonymiser = Pseudonymiser(key)
        self.options = options
        self.run_id = run_id
        self.steps = StepTimes()
        #: What lies there, once it was looked at; what came in and what is to be said of it, where that was settled before the
        #: first step.
        self.listing: Listing | None = None
        self.arrived: tuple[LoadSummary, list[Notice]] | None = None
        create_landing(connection)
        connection.execute(DATA_QUALITY_DDL)
        connection.execute(SEGMENT_SPELLINGS_DDL)
        connection.execute(TEXT_CACHE_DDL)
        connection.execute(TEXT_FINDINGS_DDL)
        connection.execute(TEXT_EMBEDDINGS_DDL)
        create_analysis_tables(connection)
        self._check_key()
        self.weigh()

    def weigh(self, there: int = 0) -> None:
        """Settle whether this run is small, and give the engine the threads that it has work for.

        ``there``: bytes of the landing files that lie there. What was read earlier counts, too, whether it still lies there or not.
        """
        row = self.connection.execute("select coalesce(sum(bytes), 0) from landing_files").fetchone()
        self.is_small = max(there, int(row[0]) if row else 0) <= _LITTLE
        threads = 1 if self.is_small else self.settings.project.threads
        self.connection.execute("set threads = $threads", {"threads": threads})

    @cached_property
    def text_model(self) -> TextModelIdentity:
        """The model that scores texts in this run. Raises ConfigError as ``identify_text_model`` does."""
        return identify_text_model(self.settings.text_model, self.settings.sentiment.languages)

    @cached_property
    def patterns(self) -> Patterns:
        """The patterns that read promises and requests out of words. Raises ConfigError as ``load_patterns`` does."""
        return load_patterns(self.settings.pattern_folder)

    @cached_property
    def auditor(self) -> Auditor:
        """What checks tables in this run: one for all audits, for it costs more to make than most of them."""
        return Auditor(self.connection, self.run_id, DataDocs(self.settings.data_dir / "data_docs"))

    def _check_key(self) -> None:
        """A changed key would silently make every customer a new one."""
        fingerprint = self.pseudonymiser.fingerprint()
        known = read_fact(self.connection, _KEY)
        if known is None:
            write_fact(self.connection, _KEY, fingerprint)
        elif known != fingerprint:
            raise ConfigError(
                "AFTERCALL_PSEUDONYM_KEY is not the key with which this warehouse was built, so no customer would be recognised; "
                f"set the old key again, or move {self.settings.data_dir / 'warehouse.duckdb'} away to rebuild it from the landing files"
            )

    def _test_customers(self) -> list[str]:
        """Test customers as typing writes their ids; as phones, too, where a source has phones for ids."""
        written, region = self.settings.metrics.test_customer_ids, self.settings.project.phone_region
        has_phones = any(source.phone_columns for source in self.settings.sources)
        ids = normal_customer_ids(written, region)
        ids += normal_customer_ids(written, region, is_phone=True) if has_phones else []
        return [each for each in ids if each is not None]

    def write_settings_lists(self) -> None:
        """Lists of the configuration as a table, so that the SQL models can read them on any engine."""
        metrics = self.settings.metrics
        lists = {
            "unserved_disconnect_reasons": [value.lower() for value in metrics.unserved_disconnect_reasons],
            "phantom_disconnect_reasons": [value.lower() for value in metrics.phantom_disconnect_reasons],
            "test_contact_ids": [each for each in normal_ids(metrics.test_contact_ids) if each is not None],
            "test_customer_keys": sorted({self.pseudonymiser.of(each) for each in self._test_customers()}),
            "text_model_languages": sorted(self.text_model.languages),
            "pattern_languages": sorted(self.patterns.languages),
            "hangup_disconnect_reasons": [value.lower() for value in metrics.hangup_disconnect_reasons],
            "no_language": list(_NO_LANGUAGE),
        }
        self.connection.execute("create or replace table settings_lists (list varchar, value varchar)")
        rows = [(name, value) for name, values in lists.items() for value in values]
        self.connection.executemany("insert into settings_lists values (?, ?)", rows)
        self._write_pairs("promise_kinds", ("kind", "event_type"), self.settings.promises.events)
        self._write_pairs("flag_rules", ("rule", "code"), CASE_RULES)
        names = language_names()
        self.connection.execute(
            "create or replace table language_names as select unnest($names) as name, unnest($codes) as code",
            {"names": list(names), "codes": list(names.values())},
        )

    def _write_pairs(self, table: str, columns: tuple[str, str], pairs: Mapping[str, str]) -> None:
        self.connection.execute(f"create or replace table {table} ({columns[0]} varchar, {columns[1]} varchar)")
        if pairs:
            self.connection.executemany(f"insert into {table} values (?, ?)", list(pairs.items()))

    def decide_as_of(self) -> datetime:
        """``as_of`` of this run as naive UTC: what was asked for, else the default of M3.

        Raises ConfigError for one that was asked for and cannot be, or before which nothing was recorded.
        """
        zone = self.settings.project.zone
        if self.options.as_of:
            as_of = parse_as_of(self.options.as_of, zone)
            first = self._first_record()
            if first is not None and as_of < first:
                day = first.replace(tzinfo=UTC).astimezone(zone).date()
                raise ConfigError(
                    f"--as-of = {self.options.as_of!r} lies before the first record, which is of {day}, so nothing would be seen; write a later one"
                )
            return as_of
        row = self.connection.execute(
            """select max(started_at) from landing_contacts as landed where deleted_at is null and not exists (
                select 1 from superseded_versions as lost
                where lost.table_name = 'contacts' and lost.file_id = landed._file_id and lost.row_number = landed._row)"""
        ).fetchone()
        return default_as_of(None if row is None else row[0], datetime.now(UTC).replace(tzinfo=None), zone)

    def _first_record(self) -> datetime | None:
        """When the first of all records that have a time of their own happened, as naive UTC; None without such records."""
        each = " union all ".join(
            f"select min({table.event_time}) as first from landing_{table.name}"
            for table in CANONICAL_TABLES.values()
            if table.event_time
        )
        row = self.connection.execute(f"select min(first) from ({each})").fetchone()
        return None if row is None else row[0]

    def fingerprint(self, as_of: datetime) -> str:
        """Changes when anything that the published tables depend on does, files apart."""
        settings = self.settings.model_dump_json(exclude={"config_path": True, "project": _NOT_IN_RESULTS})
        parts = (
            __version__,
            settings,
            as_of.isoformat(),
            models_fingerprint(),
            sorted(self.settings.filled_tables),
            self.text_model.fingerprint,
            language_detector_fingerprint(),
            self.patterns.fingerprint,
            identify_text_encoder().fingerprint,
            RESTATEMENT_VERSION,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def is_unchanged(self, *, files_changed: bool, as_of: datetime) -> bool:
        """Whether the published snapshot is already what this run would publish, and is whole."""
        return (
            not files_changed
            and not self.options.full_refresh
            and read_fact(self.connection, _PUBLISHED) == self._published_mark(as_of)
            and self._snapshot_is_whole()
        )

    @property
    def published_id(self) -> str | None:
        """The snapshot that the last run published; None where this warehouse has published none."""
        return read_fact(self.connection, _SNAPSHOT)

    def _snapshot_is_whole(self) -> bool:
        """Sizes of the published files are looked at each run, their bytes each week."""
        now = datetime.now(UTC).replace(tzinfo=None)
        checksums = checksums_due(self.connection, now)
        store = SnapshotStore(self.settings.data_dir)
        if store.named_id() is None or current_damage(store, self.published_id, checksums=checksums):
            return False
        if checksums:
            remember_checksums(self.connection, now)
        return True

    def begin_recompute(self, as_of: datetime) -> dict[str, object]:
        """Remember the parameters of this run; until it publishes, no later run may think that nothing changed."""
        forget_fact(self.connection, _PUBLISHED)
        parameters: dict[str, object] = {
            "as_of": as_of.isoformat(sep=" "),
            "time_zone": self.settings.project.time_zone,
            "lag_days": self.settings.metrics.lag_days,
            "lookback_days": self.settings.metrics.complaint_lookback_days,
            "has_complaints": "complaints" in self.settings.filled_tables,
            "has_crm_events": "crm_events" in self.settings.filled_tables,
            "has_surveys": "surveys" in self.settings.filled_tables,
            "has_identities": "identities" in self.settings.filled_tables,
            "survey_early_seconds": self.settings.surveys.early_seconds,
            "min_n": self.settings.metrics.min_n,
            "period_days": self.settings.divergence.period_days,
            "baseline_days": self.settings.divergence.baseline_days,
            "text_model": self.text_model.fingerprint,
            "language_detector": language_detector_fingerprint(),
            "patterns": self.patterns.fingerprint,
            "currency": self.settings.project.currency,
            "promise_due_days": self.settings.promises.due_days,
            "promise_done_days": self.settings.promises.done_days,
            "promise_grace_days": self.settings.promises.grace_days,
            "promise_late_days": self.settings.promises.late_days,
            "amount_tolerance": self.settings.promises.amount_tolerance,
            "review_per_day": self.settings.review.claims_per_day,
            "review_seed": self.settings.review.seed,
        }
        write_fact(self.connection, _PARAMETERS, json.dumps(parameters))
        return parameters

    def parameters(self) -> dict[str, object]:
        """Parameters of the SQL models, as the ingest step of this (or, for a single asset, the last) run settled them."""
        stored = read_fact(self.connection, _PARAMETERS)
        if stored is None:
            raise ConfigError("nothing was ingested into this warehouse yet; run the whole nightly job once")
        parameters: dict[str, object] = json.loads(stored)
        return {**parameters, "as_of": datetime.fromisoformat(str(parameters["as_of"]))}

    @property
    def as_of(self) -> datetime:
        value = self.parameters()["as_of"]
        if not isinstance(value, datetime):
            raise TypeError("as_of is not an instant")
        return value

    def remember_published(self, snapshot_id: str) -> None:
        write_fact(self.connection, _SNAPSHOT, snapshot_id)
        write_fact(self.connection, _PUBLISHED, self._published_mark(self.as_of))

    def _published_mark(self, as_of: datetime) -> str:
        """What was published: of which files, and how. A file that landed in a run that was stopped is not in it."""
        landed = self.connection.execute(
            "select count(*), coalesce(max(file_id), 0) from landing_files where is_active"
        ).fetchone() or (0, 0)
        return f"{self.fingerprint(as_of)}/{landed[0]}/{landed[1]}"


def parse_as_of(text: str, zone: ZoneInfo, now: datetime | None = None) -> datetime:
    """A date (its business day's end) or an instant, as naive UTC. ``now``: naive UTC; the clock's by default.

    Raises:
        ConfigError: neither of the two, or later than a day from ``now`` (and than the end of this business day): windows
            that are still open would count as closed.
    """
    remedy = "write 2026-11-22 or 2026-11-22T18:00:00+01:00"
    now = datetime.now(UTC).replace(tzinfo=None) if now is None else now
    try:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
            as_of = moment.astimezone(UTC).replace(tzinfo=None)
        else:
            as_of = _midnight(day + timedelta(days=1), zone)
    except ValueError as error:
        raise ConfigError(f"--as-of = {text!r} is neither a date nor an instant; {remedy}") from error
    except OverflowError as error:
        raise ConfigError(
            f"--as-of = {text!r} lies at the end of the calendar, and no record does; {remedy}"
        ) from error
    today = now.replace(tzinfo=UTC).astimezone(zone).date()
    if as_of > max(now + timedelta(days=1), _midnight(today + timedelta(days=1), zone)):
        raise ConfigError(
            f"--as-of = {text!r} lies in the future (by the clock of this machine today is {today}): windows that are still open would count as closed; write a day that has come"
        )
    return as_of


def default_as_of(latest_start: datetime | None, now: datetime, zone: ZoneInfo) -> datetime:
    """The first local midnight at or after the latest contact start, never after the last midnight before ``now`` (M3); all naive UTC."""
    last_midnight = _midnight(now.replace(tzinfo=UTC).astimezone(zone).date(), zone)
    if latest_start is None:
        return last_midnight
    day = latest_start.replace(tzinfo=UTC).astimezone(zone).date()
    first = _midnight(day, zone)
    if first < latest_start:
        first = _midnight(day + timedelta(days=1), zone)
    return min(first, last_midnight)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC).replace(tzinfo=None)

"""Rows of text → the columns of a canonical table, computed for all rows at once by the engine.

A column passes its rule (field, constant, template, …), then ``values``, then ``dates`` or ``durations``. What cannot be computed
or is not listed leaves the value out, with a reason; a record without a required one is rejected. Results are text: what is
a number, an instant or an id is settled by the typing that all formats share.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from pipelines.sources.mapping.column_sql import (
    FAULT_WORDS,
    computed,
    dated,
    in_seconds,
    mapped,
    rule_sql,
    without_blanks,
)
from pipelines.sources.mapping.declaration import ColumnRule, JoinedSide, MappedTable
from pipelines.sources.mapping.expressions import checked_expression
from pipelines.sources.mapping.references import MADE_ID
from pipelines.sources.mapping.rows import MappedRecords, MappedRows, has_path, path_column
from pipelines.sources.reading import DEDUPLICATION, JOIN_KEYS, PATH, RECORD, Reject

_ID_DIGITS = 32
_FAULT = "_fault_"
_SOME_DAY = "'2000-01-01'"


@dataclass(frozen=True)
class IdMaking:
    """What made ids are made of: ``sha`` of the file's bytes, and a secret that keeps hashes from being guessed back."""

    sha: Callable[[], str]
    secret: str


@dataclass
class Evaluated:
    """``frame``: ``_record``, where useful ``_path``, and the columns as text. ``filtered`` records were left out by ``filter``."""

    frame: pl.DataFrame
    filtered: int = 0
    rejects: list[Reject] = field(default_factory=list)


class TableEvaluation:
    """The columns of one table of a declaration, over its rows."""

    def __init__(
        self,
        records: MappedRecords,
        rows: MappedRows,
        table: MappedTable,
        making: IdMaking,
        selects: dict[tuple[object, ...], str],
        *,
        is_part: bool,
    ) -> None:
        self.records = records
        self.rows = rows
        self.table = table
        self.making = making
        self.is_part = is_part
        self._selects = selects
        """SELECTs by what they were made for: thousands of small files differ in nothing that matters."""
        self._names = {reference: f"_f{number}" for number, reference in enumerate([*rows.fields, MADE_ID])}

    def evaluated(self, made_ids: pl.DataFrame | None = None) -> Evaluated:
        """``made_ids``: ``_record`` and ``_id`` of the first table, where this one names them."""
        connection = self.records.connection
        connection.execute("set preserve_insertion_order = true")
        if made_ids is not None:
            connection.register("made_ids", made_ids.to_arrow())
        try:
            frame = connection.execute(self._select_for(has_ids=made_ids is not None), self._parameters()).pl()
            found = Evaluated(frame)
            if self.table.filter is not None:
                self._count_filtered(found, has_ids=made_ids is not None)
        finally:
            if made_ids is not None:
                connection.unregister("made_ids")
        self._take_faults(found)
        return found

    # ------------------------------------------------------------------ SQL

    def _source(self, *, has_ids: bool) -> str:
        """Every field under a plain name, so that none can be mistaken for SQL; and another one, null where it is blank."""
        named = [f"{sql} as {self._names[reference]}" for reference, sql in self.rows.fields.items()]
        named.append(f"{'made_ids._id' if has_ids else 'cast(null as varchar)'} as {self._names[MADE_ID]}")
        computed_with = {field for _, text in self.table.expressions() for field in checked_expression(text).fields}
        keys = (field for fields in self.table.join_keys for field in fields)
        names = [self._names[field] for field in (*sorted(computed_with), *self.table.deduplicate_by, *keys)]
        filled = [f"{without_blanks(name)} as {_filled(name)}" for name in dict.fromkeys(names)]
        join = f" inner join made_ids using ({RECORD})" if has_ids else ""
        return f"""select {", ".join(["*", *filled])} from (
            select {RECORD}, {path_column(self.rows)} as {PATH}, {", ".join(named)} from {self.rows.relation} as raw{join})"""

    def _expression(self, text: str) -> str:
        return computed(checked_expression(text).sql(lambda reference: _filled(self._names[reference])))

    def _select_for(self, *, has_ids: bool) -> str:
        made_for = (self.table.table, self.rows.relation, tuple(self.rows.fields.items()), has_ids)
        if made_for not in self._selects:
            self._selects[made_for] = self._select(has_ids=has_ids)
        return self._selects[made_for]

    def _select(self, *, has_ids: bool) -> str:
        """The columns, layer by layer: what each is made of, what its values mean, how it is dated; then its faults."""
        table = self.table
        select = self._source(has_ids=has_ids)
        if table.filter is not None:
            select = f"select * from ({select}) where {self._expression(table.filter)}.v is true"
        first = {f"a_{name}": self._rule(rule) for name, rule in table.columns.items()}
        text = {
            name: f"cast(a_{name}.v as varchar)" if rule.sql is not None else f"a_{name}"
            for name, rule in table.columns.items()
        }
        faults: dict[str, list[str]] = {
            name: [f"when a_{name} is null then 'expression_failed'"]
            for name, rule in table.columns.items()
            if rule.sql is not None
        }
        select = _with(select, first)
        meant: dict[str, str] = {}
        for name, rule in table.values.items():
            meant[f"b_{name}"], unlisted = mapped(rule, text[name])
            if unlisted:
                faults.setdefault(name, []).append(f"when {unlisted} then 'not_in_values'")
            text[name] = f"b_{name}"
        select = _with(select, meant)
        timed: dict[str, str] = {}
        for name, dates in table.dates.items():
            timed[f"c_{name}"] = dated(dates, text[name])
            faults.setdefault(name, []).append(
                f"when trim({text[name]}) <> '' and c_{name} is null then 'not_in_date_format'"
            )
            text[name] = f"c_{name}"
        for name, unit in table.durations.items():
            timed[f"c_{name}"] = in_seconds(unit, text[name])
            text[name] = f"c_{name}"
        select = _with(select, timed)
        listed = dict(text)
        if table.deleted is not None:
            when = [text[name] for name in table.withdrawal_columns]
            # When a joined record was withdrawn says nothing of the record that it was joined to; that it was is enough.
            when += [_SOME_DAY] if isinstance(table, JoinedSide) else []
            listed["deleted_at"] = (
                f"case when {self._expression(table.deleted)}.v is true then coalesce({', '.join(when)}) end"
            )
        columns = [RECORD, *([PATH] if has_path(self.rows) and table.rows else [])]
        columns += [f"{sql} as {name}" for name, sql in listed.items()]
        columns += [f"case {' '.join(branches)} end as {_FAULT}{name}" for name, branches in faults.items()]
        if table.deduplicate_by:
            columns.append(f"{self._deduplication()} as {DEDUPLICATION}")
        if table.join_keys:
            columns.append(
                f"{' || chr(44) || '.join(self._join_key(fields) for fields in table.join_keys)} as {JOIN_KEYS}"
            )
        select = f"select {', '.join(columns)} from ({select})"
        if table.id is not None:
            select = self._with_id(select, sorted(listed))
        # Rows come in the order of the file but where a window or a join took them out of it.
        return f"select * from ({select}) order by {RECORD}" if table.id is not None or has_ids else select

    def _rule(self, rule: ColumnRule) -> str:
        if rule.sql is not None:
            return self._expression(rule.sql)
        return rule_sql(rule, self._names.__getitem__)

    def _deduplication(self) -> str:
        fields = [_filled(self._names[reference]) for reference in self.table.deduplicate_by]
        joined = ", ".join(f"coalesce({each}, chr(0))" for each in fields)
        return f"case when coalesce({', '.join(fields)}) is not null then left(sha256($secret || concat_ws(chr(31), {joined})), {_ID_DIGITS}) end"

    def _join_key(self, fields: tuple[str, ...]) -> str:
        """A keyed hash of what records are joined by; "" where a field is blank. A number with an empty fraction is the whole one."""
        filled = [_filled(self._names[reference]) for reference in fields]
        texts = ", ".join(f"regexp_replace(trim({each}), '^(-?(0|[1-9]\\d*))[.]0+$', '\\1')" for each in filled)
        known = " and ".join(f"{each} is not null" for each in filled)
        return f"case when {known} then left(sha256($secret || concat_ws(chr(31), {texts})), {_ID_DIGITS}) else '' end"

    def _with_id(self, select: str, columns: list[str]) -> str:
        key = self.table.canonical.key[0]
        if self.table.id == "row":
            place = f"cast({RECORD} as varchar)"
            if self.is_part:
                place += f" || '-' || row_number() over (partition by {RECORD})"
            return f"select *, $sha || '-' || {place} as {key} from ({select})"
        joined = ", ".join(f"coalesce({name}, chr(0))" for name in columns)
        hashed = (
            f"select *, left(sha256($secret || concat_ws(chr(31), {joined})), {_ID_DIGITS}) as _hash from ({select})"
        )
        counted = f"select *, row_number() over (partition by _hash order by {RECORD}) as _occurrence from ({hashed})"
        # What deduplicate_by makes one record needs one id, wherever a file is split.
        again = f"_occurrence > 1{f' and {DEDUPLICATION} is null' if self.table.deduplicate_by else ''}"
        return f"""select * exclude (_hash, _occurrence), _hash || case when {again} then '-' || _occurrence else '' end as {key}
            from ({counted})"""

    def _parameters(self) -> dict[str, object]:
        parameters: dict[str, object] = {}
        if self.table.id == "row":
            parameters["sha"] = self.making.sha()[:16]
        if self.table.id == "hash" or self.table.deduplicate_by or self.table.join_keys:
            parameters["secret"] = self.making.secret
        return parameters

    # ------------------------------------------------------------------ what is left out

    def _count_filtered(self, found: Evaluated, *, has_ids: bool) -> None:
        """Records that the filter leaves out are counted; those for which it cannot be computed are rejected."""
        condition = self._expression(self.table.filter or "")
        failed = self.records.connection.execute(
            f"select {RECORD}, {PATH} from ({self._source(has_ids=has_ids)}) where {condition} is null order by {RECORD}"
        ).fetchall()
        total = self.records.connection.execute(f"select count(*) from ({self._source(has_ids=has_ids)})").fetchone()
        found.filtered = (int(total[0]) if total else 0) - found.frame.height - len(failed)
        found.rejects += [
            Reject(record, "value" if self.is_part else "row", "expression_failed", f"filter {FAULT_WORDS['expression_failed']}", path, self.table.table)
            for record, path in failed
        ]  # fmt: skip

    def _take_faults(self, found: Evaluated) -> None:
        """List what was left out, and drop the rows that lack a required column for it."""
        frame = found.frame
        flags = [name for name in frame.columns if name.startswith(_FAULT)]
        dropped = pl.lit(value=False)
        withdrawn = pl.col("deleted_at").is_not_null() if "deleted_at" in frame.columns else pl.lit(value=False)
        for flag in flags:
            column = self.table.canonical.column(flag.removeprefix(_FAULT))
            is_key = column.name in self.table.canonical.key
            ends = pl.lit(value=is_key) | (pl.lit(value=column.required) & ~withdrawn)
            faulty = frame.filter(pl.col(flag).is_not_null() & ~dropped)
            if faulty.height:
                found.rejects += self._rejects(faulty.with_columns(ends.alias("_ends")), flag, column.name)
                dropped = dropped | (pl.col(flag).is_not_null() & ends)
        if flags:
            found.frame = frame.filter(~dropped).drop(flags)

    def _rejects(self, faulty: pl.DataFrame, flag: str, column: str) -> Iterator[Reject]:
        paths = faulty[PATH] if PATH in faulty.columns else [None] * faulty.height
        key = {
            "expression_failed": f"columns.{column}",
            "not_in_values": f"values.{column}",
            "not_in_date_format": f"dates.{column}",
        }
        for record, path, rule, ends in zip(faulty[RECORD], paths, faulty[flag], faulty["_ends"], strict=True):
            scope = "row" if ends and not self.is_part else "value"
            yield Reject(record, scope, rule, f"{key[rule]} {FAULT_WORDS[rule]}", path, self.table.table, column)


def kept_with(frame: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """The rows of a further table whose record stands in the first."""
    return frame.join(records.select(RECORD).unique(), on=RECORD, how="semi", maintain_order="left")


def _with(select: str, columns: dict[str, str]) -> str:
    if not columns:
        return select
    return f"select *, {', '.join(f'{sql} as {name}' for name, sql in columns.items())} from ({select})"


def _filled(name: str) -> str:
    return name.replace("_f", "_n", 1)

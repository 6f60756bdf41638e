"""What the tiles of a page must say, from the exported Parquet files alone: nothing of the product reads or rounds here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from playwright.sync_api import Page

from pipelines.snapshot import Snapshot

_WINDOWS = (1, 7, 30)


@dataclass(frozen=True)
class Shown:
    """One tile. ``n``: what it says to rest on, None where it says nothing; ``value``: ``not shown`` where it has none."""

    value: str
    n: int | None

    @classmethod
    def share(cls, numerator: float, n: float, min_n: int) -> "Shown":
        return cls(_percent(numerator / n), int(n)) if n >= max(min_n, 1) else cls("not shown", None)


def tiles(page: Page) -> dict[str, Shown]:
    """The tiles of ``page`` by name, as they stand there."""
    read = """all => all.map(tile => [
        tile.querySelector('h3').innerText,
        tile.querySelector('.value').innerText,
        (tile.innerText.match(/n\\s=\\s([0-9,]+)/) || [])[1] || '',
    ])"""
    found = page.locator("main .tile").evaluate_all(read)
    return {name: Shown(value, int(n.replace(",", "")) if n else None) for name, value, n in found}


def exported(snapshot: Snapshot, path: str, **chosen: str) -> dict[str, Shown]:
    """What stands on the tiles of the page at ``path`` over the contacts of ``chosen`` (column of kpi_daily → value).

    Of overview and resolution all tiles but those of means and surveys; of handoffs those of shares, without the cost curve.
    """
    if path == "/promises":
        names = {"kept_on_time": "Kept on time", "kept_late": "Kept late", "broken": "Broken"}
        return dict(_published(snapshot, "promise_rates", names))
    if path == "/handoffs":
        names = {"complete": "Complete", "customer_repeated": "Customer had to repeat themselves"}
        return dict(_published(snapshot, "handoff_rates", names))
    return dict(_of_weeks(snapshot, path, chosen))


def _published(snapshot: Snapshot, table: str, names: Mapping[str, str]) -> Iterator[tuple[str, Shown]]:
    rows = _read(snapshot, table).filter(pl.col("grouping") == "{}")
    for measure, value, n in rows.select("measure", "value", "n").rows():
        if measure in names:
            yield names[measure], Shown("not shown", None) if value is None else Shown(_percent(value), n)


def _of_weeks(snapshot: Snapshot, path: str, chosen: Mapping[str, str]) -> Iterator[tuple[str, Shown]]:
    about = snapshot.manifest.presentation
    daily = _read(snapshot, "kpi_daily").with_columns(monday=pl.col("day").dt.truncate("1w"))
    ends = daily["monday"].unique().sort().to_list()
    zone, as_of = ZoneInfo(about.time_zone), snapshot.manifest.as_of
    over = [day for day in ends if datetime.combine(day + timedelta(days=7), datetime.min.time(), zone) <= as_of]
    whole = daily.group_by("monday").agg(pl.col(pl.Int64, pl.Float64).sum()).sort("monday")
    shown = whole.filter(pl.col("monday").is_in(over) & (pl.col("contacts") > 0))["monday"].max()
    # Weeks are chosen over all contacts, and are the same ones whatever is chosen.
    ripe = whole.filter(pl.col("monday").is_in(over) & (pl.col("monday") <= shown) & (pl.col("eligible") > 0))
    closed = {days: ripe.filter(pl.col(f"mature_{days}d") == pl.col("eligible"))["monday"].max() for days in _WINDOWS}
    known = (pl.col("claimed_n") > 0) & (pl.col("cohort_n") == pl.col("claimed_n"))
    judged = ripe.filter((pl.col("mature_30d") == pl.col("eligible")) & known)["monday"].max()
    cut = daily.filter(*(pl.col(name) == value for name, value in chosen.items()))

    def of(week: object) -> dict[str, float]:
        return cut.filter(pl.col("monday") == week).select(pl.col(pl.Int64, pl.Float64).sum()).row(0, named=True)

    def share(week: object, numerator: str, n: str) -> Shown:
        return Shown("not shown", None) if week is None else Shown.share(of(week)[numerator], of(week)[n], about.min_n)

    if path in ("/", "/resolution"):
        yield "Contacts", Shown(f"{of(shown)['contacts']:,}", None)
        yield "Resolved, claimed", share(judged, "cohort_claimed_yes", "cohort_n")
        yield "Resolved, judged by outcomes", share(judged, "cohort_outcome_yes", "cohort_n")
        if path == "/resolution" and judged is not None and of(judged)["ai_contacts"]:
            yield "Contained by the AI", share(judged, "contained", "ai_contacts")
            yield "Contained and resolved", share(judged, "contained_outcome_yes", "contained_outcome_n")
    for days in (7,) if path in ("/", "/resolution") else _WINDOWS if path == "/repeats" else ():
        name, week = f"Repeat contacts within {days} day{'' if days == 1 else 's'}", closed[days]
        yield f"{name}, any issue", share(week, f"repeat_any_{days}d", f"mature_{days}d")
        if path == "/repeats":
            yield f"{name}, same issue", share(week, f"repeat_issue_{days}d", f"mature_with_issue_{days}d")
    if path == "/complaints":
        yield "Customer known", share(shown, "known_customer", "served_inbound")
    if path in ("/", "/resolution", "/complaints"):
        counts, column = of(closed[30]), "complaints_linked" if chosen else "complaints"
        name = "Linked complaints" if chosen else "Complaints"
        enough = counts["eligible"] >= max(about.min_n, 1)
        rate = f"{1000 * counts[column] / counts['eligible']:.2f}" if enough else "not shown"
        yield f"{name} per 1,000 contacts", Shown(rate, int(counts["eligible"]) if enough else None)


def _read(snapshot: Snapshot, table: str) -> pl.DataFrame:
    return pl.read_parquet(snapshot.files(table))


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"

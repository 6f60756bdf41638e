"""The few figures that the closing summary of a run shows. Rates are sums of daily counts, never averages of averages."""

from typing import Any

import polars as pl

from pipelines.contract.published import SURVEY_FATES, UNLINKED_SURVEY_FATES
from pipelines.snapshot import Snapshot


def headline_figures(snapshot: Snapshot) -> list[tuple[str, str]]:
    """(label, text) of the headline figures over the whole snapshot: volume, FCR claimed and from outcomes, repeats, sentiment, complaints, confidence, divergence."""
    sums = (
        snapshot.scan("kpi_daily").select(pl.all().exclude("day").exclude(pl.String).sum()).collect().row(0, named=True)
    )
    flags = snapshot.manifest.tables["case_flags"].rows
    min_n = snapshot.manifest.presentation.min_n

    def rate(numerator: str, denominator: str) -> str:
        n = sums[denominator] or 0
        return f"{sums[numerator] / n:.1%} (n = {n:,})" if n >= min_n else f"not shown: n = {n} is below {min_n}"

    def ratings() -> str:
        return "; ".join(filter(None, (rated(), _unlinked(snapshot))))

    def rated() -> str:
        if not sums["surveys"]:
            return "no survey answer counts" if _unlinked(snapshot) else "no survey answers"
        n = sums["sentiment_survey_csat_n"]
        if n < min_n:
            return f"survey rating not shown: n = {n} is below {min_n}"
        # The published scale is (rating − 3) / 2.
        rating = 3 + 2 * sums["sentiment_survey_csat_sum"] / n
        return f"survey rating {rating:.1f} of 5 (n = {n:,}, answered {sums['surveys'] / sums['eligible']:.1%})"

    def words() -> str:
        if not sums["transcripts"]:
            return "no transcripts"
        negative = rate("sentiment_closing_turns_negative", "sentiment_closing_turns_n")
        return f"closing words negative {negative}, conversations scored {rate('transcripts_scored', 'eligible')}"

    return [
        (
            "contacts",
            f"{sums['contacts'] or 0:,}, of which eligible {sums['eligible'] or 0:,}; known customers {rate('known_customer', 'served_inbound')}{_joined(snapshot)}",
        ),
        (
            "FCR",
            f"claimed {rate('cohort_claimed_yes', 'cohort_n')}, from outcomes {rate('cohort_outcome_yes', 'cohort_n')}",
        ),
        (
            "repeats 30 d",
            f"any issue {rate('repeat_any_30d', 'mature_30d')}, same issue {rate('repeat_issue_30d', 'mature_with_issue_30d')}",
        ),
        ("sentiment", f"{ratings()}; {words()}"),
        (
            "complaints",
            f"{sums['complaints'] or 0:,}, of which linked {sums['complaints_linked'] or 0:,}; case flags {flags:,}",
        ),
        ("handoffs", _handoffs(snapshot)),
        ("promises", _promises(snapshot)),
        ("confidence", _confidence(snapshot)),
        ("divergence", _divergence(snapshot)),
    ]


def _unlinked(snapshot: Snapshot) -> str:
    """Survey answers that are about no contact that counts, by reason; empty for none (M7)."""
    if "survey_answers" not in snapshot.manifest.tables:
        return ""
    known = dict(snapshot.scan("survey_answers").select("fate", "responses").collect().iter_rows())
    unlinked = {fate: known[fate] for fate in UNLINKED_SURVEY_FATES if known.get(fate)}
    if not unlinked:
        return ""
    finished = sum(number for fate, number in known.items() if fate != "unfinished")
    why = ", ".join(f"{number:,} {SURVEY_FATES[fate]}" for fate, number in unlinked.items())
    return f"{sum(unlinked.values()):,} of {finished:,} survey answers link to nothing that counts: {why}"


def _joined(snapshot: Snapshot) -> str:
    """Contacts whose customer is known by an alias; empty without aliases (M1)."""
    if "identity_links" not in snapshot.manifest.tables or not snapshot.manifest.tables["identity_links"].rows:
        return ""
    contacts, ambiguous = snapshot.scan("identity_links").select(pl.col("contacts", "ambiguous").sum()).collect().row(0)
    several = f", {ambiguous:,} alias{' names' if ambiguous == 1 else 'es name'} several customers" if ambiguous else ""
    return f"; {contacts:,} joined by an alias{several}"


def _handoffs(snapshot: Snapshot) -> str:
    """What reached the human, which customers repeated themselves, and failed containment (M11, M19)."""
    if not snapshot.manifest.tables["handoff_quality"].rows:
        return f"none from an AI to a human; failed containment {_share(snapshot, 'stuck', 'stuck')}"
    return (
        f"complete {_share(snapshot, 'handoff_rates', 'complete')}, customer repeated "
        f"{_share(snapshot, 'handoff_rates', 'customer_repeated')}; failed containment {_share(snapshot, 'stuck', 'stuck')}"
    )


def _promises(snapshot: Snapshot) -> str:
    """Kept and broken, of those with a known result (M12)."""
    made = snapshot.manifest.tables["commitments"].rows
    if not made:
        return "none recorded or found in the words"
    kept, broken = (_share(snapshot, "promise_rates", name) for name in ("kept_on_time", "broken"))
    return f"{made:,}, kept on time {kept}, broken {broken}"


def _share(snapshot: Snapshot, table: str, measure: str) -> str:
    """The published share of all, or why there is none."""
    rows = snapshot.scan(table).filter((pl.col("grouping") == "{}") & (pl.col("measure") == measure)).collect()
    if rows.is_empty():
        return "not known"
    row = rows.row(0, named=True)
    return f"not shown: {row['reason']}" if row["value"] is None else f"{row['value']:.1%} (n = {row['n']:,})"


def _confidence(snapshot: Snapshot) -> str:
    """Stated confidence against the share of right claims, by label source (M9)."""
    whole = (pl.col("grouping") == "{}") & pl.col("period").is_null() & pl.col("is_headline")
    rows = snapshot.scan("calibration_summary").filter(whole).sort("label_source").collect()
    judged = {"outcome": "judged by outcomes", "reviewed": "judged by reviewers"}
    figures = [f"{judged[row['label_source']]}: {_bias(row)}" for row in rows.iter_rows(named=True)]
    return "; ".join(figures) or "no AI claim with a stated confidence and a verdict"


def _bias(row: dict[str, Any]) -> str:
    """``stated 76.4%, right 67.2%, bias +9.2 points (8.7 to 9.6, n = 5,120)``, or why there are no scores."""
    if row["bias"] is None:
        return f"not shown: {row['reason']}"
    span = "" if row["lower"] is None else f"{100 * row['lower']:+.1f} to {100 * row['upper']:+.1f}, "
    return (
        f"stated {row['mean_confidence']:.1%}, right {row['accuracy']:.1%}, bias {100 * row['bias']:+.1f} points "
        f"({span}n = {row['n']:,})"
    )


def _divergence(snapshot: Snapshot) -> str:
    """How many segments got which verdict (M16)."""
    found = snapshot.scan("segment_divergence")
    verdict = pl.col("verdict")
    # Earlier versions did not publish it.
    if "is_sensitive_to_issue_coding" in found.collect_schema().names():
        is_sensitive = pl.col("is_sensitive_to_issue_coding").fill_null(value=False)
        verdict = pl.when(is_sensitive).then(pl.lit("sensitive")).otherwise(verdict).alias("verdict")
    counts = dict(found.select(verdict).group_by("verdict").agg(pl.len()).collect().iter_rows())
    looked_at = sum(counts.values())
    if not looked_at:
        return "no segment has enough contacts whose windows have closed"
    left = counts.get("sensitive", 0)
    said = f", {left:,} rest on how issues are coded and do not count" if left else ""
    return f"{counts.get('diverging', 0):,} of {looked_at:,} segments diverge, {counts.get('undervalued', 0):,} are undervalued{said}"

"""Panels of the weekly figures: resolution (M5), repeats (M2), complaints (M8), volume and handle time, and all of them by mode."""

import polars as pl

from dashboards import wording
from dashboards.figures import (
    claimed_and_outcome_by_mode,
    claimed_and_outcome_by_week,
    complaints_by_week,
    repeat_rates_by_window,
    volume_and_handle_time,
)
from dashboards.panels.panel import Panel, Table, make_panel, rate_cell, week_table
from dashboards.results.weekly_rates import trend
from dashboards.results.weekly_results import Results, mode_frame, repeat_frame


def resolution_panel(results: Results) -> Panel:
    frame = trend(results.trend)
    judged = [kpis for kpis in results.trend if kpis.outcome_known and kpis.fcr_gap.value is not None]
    if not judged:
        sentence = (
            f"No gap can be drawn: {results.outcome_reason or 'too few contacts have a claim and a known outcome'}."
        )
    elif len(judged) == 1:
        sentence = f"In {judged[0].week.label} the gap was {wording.points(judged[0].fcr_gap.value)}."
    else:
        first, last = judged[0], judged[-1]
        before, now = wording.points(first.fcr_gap.value), wording.points(last.fcr_gap.value)
        sentence = f"The gap went from {before} in {first.week.label} to {now} in {last.week.label}."
    table = week_table(
        results,
        ("Claimed", "From outcomes", "Gap", "n"),
        lambda kpis: (
            (
                rate_cell(kpis.fcr_claimed),
                rate_cell(kpis.fcr_outcome),
                wording.points(kpis.fcr_gap.value),
                wording.count(kpis.fcr_claimed.denominator),
            )
            if kpis.outcome_known
            else (
                f"so far {wording.percent(kpis.claimed_so_far.value)}",
                "still open",
                wording.MISSING,
                wording.MISSING,
            )
        ),
    )
    return make_panel("resolution", claimed_and_outcome_by_week(frame), sentence, table)


def repeats_panel(results: Results) -> Panel:
    frame = repeat_frame(results)
    longest = results.longest
    rates = longest.kpis.repeat(longest.days) if longest.kpis else None
    if rates is None or rates.any_issue.value is None or rates.same_issue.value is None or longest.kpis is None:
        sentence = (
            f"No 30-day rate: {longest.reason or (rates.any_issue.reason or rates.same_issue.reason if rates else '')}."
        )
    else:
        any_issue, same = wording.percent(rates.any_issue.value), wording.percent(rates.same_issue.value)
        sentence = f"In {longest.kpis.week.label}, {any_issue} of contacts were followed by a repeat contact within 30 days, {same} about the same issue."
    rows = tuple(
        (
            f"{days} day{'s' if days > 1 else ''}, {'any issue' if scope == 'any' else 'same issue'}",
            week or wording.MISSING,
            wording.percent(value) if value is not None else (reason or wording.MISSING),
            f"{100 * lower:.1f}–{100 * upper:.1f}" if lower is not None else wording.MISSING,
            wording.count(n) if n is not None else wording.MISSING,
        )
        for days, scope, week, value, lower, upper, n, reason in frame.rows()
    )
    table = Table(("Window", "Week", "Repeated", "95% confidence interval (%)", "n"), rows)
    return make_panel("repeats", repeat_rates_by_window(frame), sentence, table)


def complaints_panel(results: Results) -> Panel:
    frame = trend(results.trend).filter(pl.col("series") == "complaints")
    kpis = results.longest.kpis
    if not results.has_complaints or kpis is None or kpis.complaints.value is None:
        reason = kpis.complaints.reason if kpis else results.longest.reason
        sentence = f"No rate: {reason}."
    else:
        rate = kpis.complaints
        interval = wording.thousand_interval(rate)
        received = f"{wording.count(rate.numerator)} received in {kpis.week.label}"
        sentence = f"{received}: {wording.per_thousand(rate.value)} per 1,000 ({interval})."
    table = week_table(
        results,
        ("Received", "Per 1,000", "95% confidence interval", "n", "State"),
        lambda kpis: (
            wording.count(kpis.complaints.numerator),
            wording.per_thousand(kpis.complaints.value),
            wording.thousand_interval(kpis.complaints),
            wording.count(kpis.complaints.denominator),
            "complete" if kpis.complaints_complete else "not yet complete",
        ),
    )
    return make_panel("complaints", complaints_by_week(frame), sentence, table)


def volume_panel(results: Results) -> Panel:
    week = results.week
    time = f", {wording.duration(week.handle.value)} on average" if week.handle.value is not None else ""
    sentence = f"{wording.count(week.contacts)} contacts in {week.week.label}{time}."
    table = week_table(
        results,
        ("Contacts", "Served", "Mean handle time", "n"),
        lambda kpis: (
            wording.count(kpis.contacts),
            wording.count(kpis.served),
            wording.duration(kpis.handle.value),
            wording.count(kpis.handle.n),
        ),
    )
    return make_panel("volume", volume_and_handle_time(trend(results.trend)), sentence, table)


def modes_panel(results: Results) -> Panel:
    frame = mode_frame(results)
    gaps = [
        (mode.outcome.fcr_gap.value, mode.name)
        for mode in results.by_mode
        if mode.outcome and mode.outcome.fcr_gap.value is not None
    ]
    week = results.outcome.week.label if results.outcome else ""
    sentence = (
        f"Week {week}: the widest gap is {wording.points(max(gaps)[0])}, {max(gaps)[1]}."
        if gaps
        else "No gap can be drawn."
    )
    return make_panel("modes", claimed_and_outcome_by_mode(frame), sentence, mode_table(results))


def mode_table(results: Results) -> Table:
    """Every metric cut by mode, one row a mode; the caption says which week each figure is of."""
    outcome, longest = results.outcome, results.longest.kpis
    caption = f"Contacts and handle time: week {results.week.week.label}. "
    caption += f"Resolution: week {outcome.week.label}. " if outcome else f"Resolution: {results.outcome_reason}. "
    caption += f"Repeats and complaints: week {longest.week.label}." if longest else f"{results.longest.reason}."
    headers = (
        "Mode",
        "Contacts",
        "Mean handle time",
        "Claimed",
        "From outcomes",
        "Gap",
        "Contained",
        "Back in 30 days",
        "… same issue",
        "Linked complaints per 1,000",
    )
    rows = []
    for mode in results.by_mode:
        repeat = mode.longest.repeat(30) if mode.longest else None
        rows.append(
            (
                mode.name,
                wording.count(mode.week.contacts),
                wording.duration(mode.week.handle.value),
                rate_cell(mode.outcome.fcr_claimed if mode.outcome else None),
                rate_cell(mode.outcome.fcr_outcome if mode.outcome else None),
                wording.points(mode.outcome.fcr_gap.value if mode.outcome else None),
                rate_cell(mode.outcome.containment if mode.outcome else None),
                rate_cell(repeat.any_issue if repeat else None),
                rate_cell(repeat.same_issue if repeat else None),
                wording.per_thousand(mode.longest.complaints.value if mode.longest else None),
            )
        )
    return Table(headers, tuple(rows), caption)

"""Typed results behind the pages, by hand; and that what a page shows is what is published."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import season
from builders.snapshots import kpi_row, midnight, publish, table_frame
from builders.statistics_tables import segment, summary, survival
from builders.texts import texts
from builders.views import rendered, view_of

from dashboards import wording
from dashboards.findings.divergence import divergence
from dashboards.findings.survival import survival as curves_of
from dashboards.pages.calibration.groups import claim_groups, drift_sentence, months, recalibration
from dashboards.pages.calibration.panels import map_months_table
from dashboards.pages.data_quality.quarantine import PAGE_ROWS, history, quarantine_page, reasons
from dashboards.pages.divergence.panels import silence_sentence, smallest_panel_table
from dashboards.pages.divergence.segments import detail, leading_pair, moved, quadrant_sentence
from dashboards.results.complaints import received
from dashboards.results.group_rates import rates_by
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.groups import Group
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import Week
from pipelines.snapshot import Snapshot
from pipelines.statistics import events_per_thousand, garwood

MONDAY = date(2026, 8, 3)
AS_OF = midnight(2026, 12, 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("season"), season.tables(), as_of=season.AS_OF, ledger=season.LEDGER)


def complaint(number: int, **given: Any) -> dict[str, Any]:
    row = {"system": "s", "complaint_id": f"K{number}", "regulator": "R", "received_at": AS_OF, "received_day": MONDAY}
    return row | {"link_rule": "any", "contact_system": "s", "contact_id": f"c{number}", "within_30d": True} | given


def contact(number: int, **given: Any) -> dict[str, Any]:
    row = {"system": "s", "contact_id": f"c{number}", "customer_key": "k", "day": MONDAY - timedelta(days=9)}
    row |= {"started_at": AS_OF, "ended_at": AS_OF, "mature_1d": True, "mature_7d": True, "mature_30d": True}
    return row | {"resolution_scope": "any", "resolution_parts": "repeat"} | given


def test_time_to_complaint_by_hand(tmp_path: Path) -> None:
    rows = [complaint(i, days_to_complaint=days) for i, days in enumerate([0.0, 0.9, 1.0, 2.5, 7.0, 29.9])]
    rows += [
        complaint(6, days_to_complaint=30.5, within_30d=False),
        complaint(7, days_to_complaint=90.0, within_30d=None),
    ]
    rows += [complaint(8, link_rule="unlinked_no_customer", contact_id=None, days_to_complaint=None, within_30d=None)]
    rows += [complaint(9, received_day=MONDAY - timedelta(days=1), days_to_complaint=5.0)]
    queries = Queries(publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY)], "complaints": rows}, as_of=AS_OF))
    found = received(queries, Filters(), MONDAY, MONDAY + timedelta(days=6))
    # The one of the day before is left out; of eight, half are within the fourth, nine tenths within the eighth.
    assert (found.total, found.linked, found.within_30d) == (9, 8, 6)
    assert (found.median, found.p90) == (2.5, 90.0)
    assert [(bar.name, bar.complaints) for bar in found.bars] == [
        ("under 1", 2), ("1–2", 2), ("3–6", 0), ("7–13", 1), ("14–29", 1), ("30–59", 1), ("60–90", 1),
    ]  # fmt: skip
    assert sum(bar.complaints for bar in found.bars) == found.linked
    assert [(rule.rule, rule.complaints) for rule in found.rules] == [("any", 8), ("unlinked_no_customer", 1)]


def test_with_a_filter_complaints_are_those_of_the_contacts_that_it_leaves(tmp_path: Path) -> None:
    contacts = [contact(0, queue="care"), contact(1, queue="other"), contact(2, queue=None)]
    rows = [complaint(i, days_to_complaint=1.0) for i in range(3)] + [
        complaint(5, contact_id=None, link_rule="unlinked_no_contact")
    ]
    tables = {
        "kpi_daily": [kpi_row(MONDAY, queue="care"), kpi_row(MONDAY)],
        "complaints": rows,
        "contact_outcomes": contacts,
    }
    queries = Queries(publish(tmp_path, tables, as_of=AS_OF))

    def total(**chosen: str | None) -> int:
        return received(queries, Filters.of(chosen), MONDAY, MONDAY).total

    assert (total(), total(queue="care"), total(queue=None), total(queue="care", mode="joint")) == (4, 1, 1, 0)


def test_rates_by_group_are_sums_over_the_weeks_in_order_of_size(tmp_path: Path) -> None:
    rows = [
        kpi_row(MONDAY + timedelta(weeks=week), contacts=size, queue=queue, complaints=many, complaints_linked=many)
        for week in range(3)
        for queue, size, many in (("small", 50, 5), ("large", 500, 1), ("few", 9, 0))
    ]
    queries = Queries(publish(tmp_path, {"kpi_daily": rows}, as_of=AS_OF))
    found = rates_by(
        queries,
        Filters(),
        "queue",
        numerator="complaints_linked",
        denominator="eligible",
        weeks=(Week(MONDAY), Week(MONDAY).plus(1)),
        rate=lambda _, above, below: events_per_thousand(int(above), int(below), min_n=30, rows="contacts"),
    )
    large, small, few = found.groups
    assert [each.value for each in found.groups] == ["large", "small", "few"]
    assert (large.rate.numerator, large.rate.denominator, large.rate.value) == (2, 1000, 2.0)
    bounds = garwood(10, 100)
    assert (small.rate.value, small.rate.lower, small.rate.upper) == pytest.approx((100.0, bounds.lower, bounds.upper))
    assert few.rate.value is None
    assert found.sentence == "Small is significantly higher than large: their intervals do not overlap."


def test_a_curve_is_what_is_published_and_ends_where_too_few_are_followed() -> None:
    as_of = date(2026, 11, 23)
    complete, open_week = date(2026, 10, 5), date(2026, 11, 9)
    rows = survival(complete, "{}", "any", 0.4, as_of=as_of) + survival(complete, "{}", "same_issue", 0.2, as_of=as_of)
    rows += survival(open_week, "{}", "any", 0.4, as_of=as_of) + survival(
        open_week, "{}", "same_issue", 0.2, as_of=as_of
    )
    table = table_frame("repeat_survival", rows)
    found = curves_of(table.lazy(), Week(open_week), 30)
    assert found.week == Week(complete)
    (curve,) = found.of("any")
    wanted = table.filter((pl.col("week") == complete) & (pl.col("scope") == "any")).sort("day")
    assert [point.value for point in curve.points] == wanted["repeat_probability"].to_list()
    assert [(point.lower, point.upper) for point in curve.points] == wanted.select("lower", "upper").rows()
    assert curve.mature == 320 / 800
    (later,) = curves_of(table.lazy(), Week(open_week), 30, week=Week(open_week)).of("any")
    known = table.filter((pl.col("week") == open_week) & (pl.col("scope") == "any") & (pl.col("at_risk") >= 30))
    assert later.last is not None
    assert later.last.day == known["day"].max() < 30
    assert later.mature is None
    assert "40.0" in found.sentence


def test_curves_by_a_dimension_are_the_largest_groups_and_never_another_dimension() -> None:
    as_of, week = date(2026, 11, 23), date(2026, 10, 5)
    rows = [
        row
        for i in range(8)
        for scope in ("any", "same_issue")
        for row in survival(week, f'{{"queue": "q{i}"}}', scope, 0.3 + i / 50, as_of=as_of, n=100 + i)
    ]
    rows += survival(week, '{"mode": "joint"}', "any", 0.9, as_of=as_of, n=9_000)
    found = curves_of(table_frame("repeat_survival", rows).lazy(), Week(week), 30, by="queue")
    assert [curve.group.words for curve in found.of("any")] == [
        "contacts in queue q7",
        "contacts in queue q6",
        "contacts in queue q5",
        "contacts in queue q4",
        "contacts in queue q3",
    ]
    assert found.left_out == 3
    assert "Contacts in queue q7 repeated most" in found.sentence
    nothing = curves_of(table_frame("repeat_survival", rows).lazy(), Week(week), 30, by="region")
    assert nothing.curves == ()
    assert "No curve" in nothing.sentence


SEGMENTS = [
    segment("diverging", queue="a") | {"lead_proxy": "claimed", "lead_outcome": "repeat", "q": 0.01, "claimed_change": 0.05, "repeat_change": 0.04, "customers": 9},
    segment("undervalued", queue="b") | {"lead_proxy": "handle_seconds", "lead_outcome": "repeat", "claimed_change": -0.05, "repeat_change": -0.04},
    segment("diverging", mode="joint", queue="c") | {"lead_proxy": "claimed", "lead_outcome": "repeat", "claimed_change": 0.01, "repeat_change": 0.02},
    segment("aligned", queue="d") | {"claimed_change": 0.02, "repeat_change": 0.01},
    segment("aligned", queue="e") | {"claimed_change": 0.02},
]  # fmt: skip


def test_the_quadrant_holds_what_is_known_and_counts_its_corner() -> None:
    table = table_frame("segment_divergence", SEGMENTS).lazy()
    assert leading_pair(table) == ("claimed", "repeat")
    assert leading_pair(table.filter(pl.col("verdict") == "aligned")) == ("handle_seconds", "repeat")
    found = moved(table, "claimed", "repeat")
    assert [each.group.words for each in found] == [
        "joint contacts in queue c",
        "contacts in queue a",
        "contacts in queue b",
        "contacts in queue d",
    ]
    assert quadrant_sentence(found, "claimed", "repeat") == (
        "Claimed resolution improved and repeat contacts worsened in 3 of 4 segments; 2 of these diverge significantly."
    )
    assert [each.proxy.is_better for each in found] == [True, True, False, True]
    with pytest.raises(KeyError):
        moved(table, "segment", "repeat")


def test_a_verdict_that_rests_on_recoded_issues_is_no_point_of_the_corner_and_says_so() -> None:
    marked = [SEGMENTS[0] | {"is_sensitive_to_issue_coding": True, "moved_issues": '["refund"]'}, *SEGMENTS[1:]]
    found = moved(table_frame("segment_divergence", marked).lazy(), "claimed", "repeat")
    assert quadrant_sentence(found, "claimed", "repeat").endswith("1 of these diverge significantly.")
    (one,) = [each for each in found if each.is_sensitive]
    assert (one.said, one.has_verdict) == (f"{one.verdict}\nsensitive to issue coding", False)
    shown = detail(table_frame("segment_divergence", marked).lazy(), one.group)
    assert shown is not None
    assert (shown.is_sensitive, shown.moved_issues) == (True, ("refund",))


def test_the_smallest_changes_stand_with_the_segments_of_one_dimension() -> None:
    def row(name: str, contacts: int, claimed: float | None, **more: str) -> dict[str, Any]:
        sizes = {"claimed_detectable": claimed, "repeat_detectable": 0.05, "contacts_period": contacts}
        return segment("aligned", queue=name, **more) | {"claimed_change": 0.0, "repeat_change": 0.0} | sizes

    rows = [row("a", 90, 0.21), row("b", 400, 0.1), row("c", 40, None), row("d", 900, 0.08, mode="joint")]
    found = moved(table_frame("segment_divergence", rows).lazy(), "claimed", "repeat")
    assert smallest_panel_table(found, "claimed", "repeat").rows == (
        ("Contacts in queue b", "400", "10.0 points", "5.0 points"),
        ("Contacts in queue a", "90", "21.0 points", "5.0 points"),
        ("Contacts in queue c", "40", "none", "5.0 points"),
    )
    assert silence_sentence(found, "claimed", "repeat").startswith("In a segment of the middle size (90 contacts)")
    assert silence_sentence((), "claimed", "repeat") == ""


def test_a_filter_keeps_the_segments_in_which_its_contacts_can_be() -> None:
    joint = Filters.of({"mode": "joint"})
    assert joint.may_hold(Group((("queue", "a"),)))
    assert joint.may_hold(Group((("mode", "joint"), ("queue", "a"))))
    assert not joint.may_hold(Group((("mode", "ai_primary"),)))
    assert Filters().may_hold(Group((("mode", "ai_primary"),)))
    either = Filters.of({"mode": ["joint", None], "queue": "a"})
    assert either.may_hold(Group((("mode", "null"), ("language", "en"))))
    assert either.may_hold(Group((("mode", "joint"),)))
    assert not either.may_hold(Group((("mode", "joint"), ("queue", "b"))))


def test_one_segment_is_found_however_its_json_is_written() -> None:
    rows = [row | {"segment": row["segment"].replace(" ", "")} for row in SEGMENTS]
    table = table_frame("segment_divergence", rows).lazy()
    found = detail(table, Group((("mode", "joint"), ("queue", "c"))))
    assert found is not None
    assert (found.verdict, found.changes[1].change) == ("diverging", 0.01)
    assert detail(table, Group((("queue", "nowhere"),))) is None
    assert [each.segment.group.words for each in divergence(table).entries] == [
        "contacts in queue a",
        "joint contacts in queue c",
    ]


def test_groups_of_claims_are_the_headline_rows_of_their_dimensions(made: Snapshot) -> None:
    tables = view_of(made).frames.analyses
    given = (tables.calibration_summary, tables.calibration_curve, tables.confidence_histogram)
    found = claim_groups(*given, "outcome", ("mode",))
    (mode,) = found.groups
    curve = made.scan("calibration_curve").filter(pl.col("grouping").str.contains("ai_primary") & (pl.col("label_source") == "outcome"))  # fmt: skip
    assert [point.estimate for point in mode.curve] == curve.sort("confidence").collect()["estimate"].to_list()
    assert sum(bar.claims for bar in mode.histogram) > 0
    pair = claim_groups(*given, "outcome", ("workflow", "ai_model"))
    assert [each.n for each in pair.groups] == [1240]
    assert "1 of 1 group has a statistically significant bias" in pair.sentence
    assert "No statistically significant bias in 1 group" in claim_groups(*given, "outcome", ("region",)).sentence
    assert claim_groups(*given, "outcome", ("hour_of_day",)).groups == ()


def test_months_and_map_are_what_is_published(made: Snapshot) -> None:
    tables = view_of(made).frames.analyses
    mapped = recalibration(tables.recalibration, tables.recalibration_by_month, "outcome", None)
    assert mapped is not None
    assert mapped.points[0] == (0.5, pytest.approx(0.4))
    assert len(mapped.points) == 11
    assert [(month.period, month.joined, month.gain) for month in mapped.months] == [
        ("2026-08", 1, None),
        ("2026-09", 1, 0.0127),
        ("2026-10", 2, 0.0031),
    ]
    assert map_months_table(mapped).rows == (
        ("Oct 2026\nwith the 1 before", "2,180", "0.0031\n-0.0024 to 0.0086"),
        ("Sep 2026", "2,100", "0.0127\n0.0071 to 0.0183"),
        ("Aug 2026", "60", "insufficient: 60 claims up to the month, fewer than 100"),
    )
    assert map_months_table(replace(mapped, withdrawn_since="2026-10")).caption == "Withdrawn since Oct 2026."
    assert recalibration(tables.recalibration, tables.recalibration_by_month, "reviewed", None) is None
    rows = [
        summary(
            "{}",
            "outcome",
            period=f"2026-0{m}",
            bias=bias,
            lower=bias - 0.01,
            upper=bias + 0.01,
            q_value=bias_q,
            drift=drift,
            drift_q=q,
        )
        for m, bias, bias_q, drift, q in (
            (6, -0.02, 0.06, None, None),
            (7, 0.01, 0.5, 0.03, 0.2),
            (8, 0.06, 0.001, 0.05, 0.01),
        )
    ]
    found = months(table_frame("calibration_summary", rows).lazy(), "outcome")
    assert [month.period for month in found] == ["2026-06", "2026-07", "2026-08"]
    said = drift_sentence(found)
    assert said == (
        "In Jun 2026 the AI had no statistically significant bias. In Aug 2026 the AI was overconfident by 6.0 points "
        "(5.0 to 7.0). Largest significant change: 5.0 points towards overconfidence in Aug 2026."
    )


def test_the_quarantine_is_paged_on_the_server_and_loses_no_row(made: Snapshot) -> None:
    queries = view_of(made).queries
    pages = [quarantine_page(queries, number) for number in (1, 2, 3, 9)]
    assert [(page.number, page.pages, page.total, len(page.rows)) for page in pages] == [
        (1, 3, 120, PAGE_ROWS), (2, 3, 120, PAGE_ROWS), (3, 3, 120, 20), (3, 3, 120, 20),
    ]  # fmt: skip
    seen = {(row.file, row.position) for page in pages for row in page.rows}
    assert len(seen) == 120
    assert quarantine_page(queries, 1, "contacts", "row").total == sum(1 for i in range(120) if i % 3 and i % 2 == 0)
    assert sum(reason.rows for reason in reasons(queries)) == 120


def test_the_history_leaves_out_what_cannot_be_read(tmp_path: Path) -> None:
    publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY)]}, as_of=AS_OF, snapshot_id="a")
    publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY)]}, as_of=AS_OF, snapshot_id="b")
    (tmp_path / "snapshots" / "manifests" / "c.json").write_text("{")
    assert [(run.snapshot_id, run.is_current) for run in history(tmp_path)] == [("b", True), ("a", False)]


def test_pages_show_the_published_numbers(made: Snapshot) -> None:
    """Counts and rates taken from the tables themselves stand in the text of the pages."""
    weekly = made.scan("kpi_weekly").collect()
    week = date(2026, 10, 12)  # the latest whose 30-day window has closed
    row = weekly.filter(pl.col("week") == week).select(pl.col(pl.Int64, pl.Float64).sum()).row(0, named=True)
    repeats = " ".join(texts(rendered(made, None, "/repeats")))
    assert wording.percent(row["repeat_any_30d"] / row["mature_30d"]) in repeats
    assert wording.percent(row["repeat_issue_30d"] / row["mature_with_issue_30d"]) in repeats
    said = " ".join(texts(rendered(made, None, "/complaints")))
    assert wording.per_thousand(1000 * row["complaints"] / row["eligible"]) in said
    shown = (
        made.scan("complaints")
        .filter(pl.col("received_day").is_between(date(2026, 8, 31), date(2026, 11, 22)))
        .collect()
    )
    linked = shown.filter(~pl.col("link_rule").str.starts_with("unlinked")).height
    assert f"{linked} of {shown.height} complaints" in said
    queue = weekly.filter((pl.col("week") == week) & (pl.col("queue") == "joint-0"))
    filtered = " ".join(texts(rendered(made, "?queue=joint-0", "/repeats")))
    assert wording.percent(queue["repeat_any_30d"].sum() / queue["mature_30d"].sum()) in filtered
    heard = date(2026, 11, 9)  # the latest whose survey answers are all in
    row = weekly.filter(pl.col("week") == heard).select(pl.col(pl.Int64, pl.Float64).sum()).row(0, named=True)
    said = " ".join(texts(rendered(made, None, "/sentiment")))
    assert wording.percent(row["surveys"] / row["eligible"]) in said
    assert wording.percent(row["sentiment_closing_turns_negative"] / row["sentiment_closing_turns_n"]) in said

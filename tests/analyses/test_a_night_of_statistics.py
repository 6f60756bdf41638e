"""One night from landing files to published statistics: against what was planted, and against plain counting.

All tests that need the night stand here, so that it is run once.
"""

import json
from datetime import timedelta

import polars as pl
import pytest
from builders import plain_statistics as plain
from builders.analysis_inputs import only
from builders.few_give_no_rate import (  # noqa: F401  # of the same night: another file would make another one
    snapshot_tables,
    test_every_table_that_gives_reasons_is_walked,
    test_no_rate_stands_on_fewer_than_min_n,
)
from builders.simulated_night import PublishedNight, Row, name
from statsmodels.stats.multitest import multipletests

from pipelines.contract import ANALYSIS_TABLES

MIN_N = 30
RUSHED = {"mode": "ai_primary", "workflow": "billing"}
THOROUGH = {"mode": "human_primary", "workflow": "technical_support"}


def segment(night: PublishedNight, **values: str) -> Row:
    return only(night.table("segment_divergence"), segment=name(**values))


@pytest.mark.parametrize("table", ANALYSIS_TABLES)
def test_every_table_has_the_contracts_columns_and_a_row_a_key(table: str, night: PublishedNight) -> None:
    published = night.table(table)
    assert tuple(published.columns) == ANALYSIS_TABLES[table].column_names
    is_rated = table not in ("client_terms_curve", "segment_words")
    assert (published.height > 0) == is_rated, (
        "without transcripts nothing tells the client's own terms, and nobody says a word"
    )
    key = ANALYSIS_TABLES[table].key
    assert not key or published.select(key).n_unique() == published.height
    for column in published.select(pl.selectors.float()):
        assert not column.is_nan().any(), column.name


# --- Divergence ---------------------------------------------------------------------------------------------------


def test_what_was_planted_to_diverge_diverges(night: PublishedNight) -> None:
    planted = {
        change["kind"]: change["segment"]
        for change in json.loads((night.folder / "_truth" / "changes.json").read_text("utf-8"))
    }
    assert planted == {"diverging": RUSHED, "undervalued": THOROUGH, "mix": {"region": "pacific"}}
    rushed = segment(night, **RUSHED)
    assert (rushed["verdict"], rushed["cause_segment"], rushed["within_segment"]) == ("diverging", None, None)
    assert rushed["q"] == rushed["q_diverging"] < 0.001
    assert rushed["handle_seconds_change"] < -20
    assert rushed["false_resolution_change"] > 0.1
    thorough = segment(night, **THOROUGH)
    assert (thorough["verdict"], thorough["cause_segment"], thorough["within_segment"]) == ("undervalued", None, None)
    assert thorough["q"] == thorough["q_undervalued"] < 0.01
    assert thorough["handle_seconds_change"] > 80
    assert thorough["repeat_change"] < -0.05


def test_a_shift_of_issues_is_no_divergence(night: PublishedNight) -> None:
    pacific = segment(night, region="pacific")
    assert pacific["verdict"] == "aligned"
    assert (pacific["money"] is None, pacific["lead_proxy"], pacific["cause_segment"]) == (False, None, None)
    verdicts = night.table("segment_divergence").filter(pl.col("verdict").is_in(["diverging", "undervalued"]))
    assert not verdicts["segment"].str.contains("pacific").any()


def test_every_verdict_overlaps_what_was_planted_and_points_to_it(night: PublishedNight) -> None:
    planted = {
        "diverging": {"mode": {"ai_primary"}, "workflow": {"billing"}, "queue": {"billing"}, "issue": {"billing_dispute", "refund_status", "roaming_charges"}},
        "undervalued": {"mode": {"human_primary"}, "workflow": {"technical_support"}, "queue": {"tech"}, "issue": {"outage", "slow_internet", "device_setup"}},
    }  # fmt: skip
    table = night.table("segment_divergence")
    found = table.filter(pl.col("verdict").is_in(list(planted)))
    causes = {row["segment"] for row in found.iter_rows(named=True) if row["cause_segment"] is None}
    for row in found.iter_rows(named=True):
        values = json.loads(row["segment"])
        overlap = planted[row["verdict"]]
        assert all(value in overlap[key] for key, value in values.items() if key in overlap), row["segment"]
        assert row["q"] <= 0.05
        if row["cause_segment"] is not None:
            assert row["cause_segment"] in causes
        if row["within_segment"] is not None:
            assert only(table, segment=row["within_segment"])["verdict"] == row["verdict"]


def test_money_is_the_excess_at_the_configured_prices(night: PublishedNight) -> None:
    assert (night.prices["repeat_contact"], night.prices["complaint"]) == (7.0, 250.0)
    priced = 0
    for row in night.table("segment_divergence").iter_rows(named=True):
        parts = [
            (row["repeat_change"], row["repeat_n_period"], row["excess_repeats"], 7.0),
            (row["complaint_change"], row["complaint_n_period"], row["excess_complaints"], 250.0),
        ]
        known = [part for part in parts if part[0] is not None]
        for change, n, excess, _ in known:
            assert excess == pytest.approx(change * n)
        expected = sum(change * n * price for change, n, _, price in known) if known else None
        assert row["money"] == (None if expected is None else pytest.approx(expected))
        if expected is not None:
            assert row["money_lower"] <= row["money"] <= row["money_upper"]
            priced += 1
    assert priced > 100


def test_contacts_compared_are_those_of_the_days_named(night: PublishedNight) -> None:
    last = night.last_closed_day
    first = last - timedelta(days=27)
    table = night.table("segment_divergence")
    assert set(table["period"]) == {f"{first}/{last}"}
    # History is shorter than the 84 days of a baseline: it begins with the first day that holds a contact.
    begins = night.table("kpi_daily").filter(pl.col("eligible") > 0)["day"].min()
    assert begins > first - timedelta(days=84)
    assert set(table["baseline"]) == {f"{begins}/{first - timedelta(days=1)}"}
    for values in (RUSHED, THOROUGH, {"region": "pacific"}):
        rows = [
            row
            for row in night.outcomes
            if row["resolved_outcome"] is not None
            and row["day"] <= last
            and all(row[key] == value for key, value in values.items())
        ]
        assert min(row["day"] for row in rows) >= first - timedelta(days=84)
        found = segment(night, **values)
        assert found["contacts_period"] == sum(row["day"] >= first for row in rows)
        assert found["contacts_baseline"] == sum(row["day"] < first for row in rows)
        assert found["customers"] == len({row["customer_key"] for row in rows if row["day"] >= first})


# --- Calibration --------------------------------------------------------------------------------------------------

GROUPS: tuple[dict[str, str], ...] = (
    {},
    {"workflow": "account"},
    {"workflow": "billing"},
    {"ai_model": "aria-2.4"},
    {"claim_type": "resolution"},
    {"claim_type": "balance"},
    {"ai_model": "aria-2.4", "workflow": "billing"},
    {"ai_model": "aria-2.3", "workflow": "technical_support"},
)
SOURCES = (("outcome", None), ("outcome", "kept"), ("reviewed", None), ("reviewed", "random"), ("reviewed", "targeted"))


def summary(night: PublishedNight, values: dict[str, str], source: str, sampling: str | None) -> Row:
    found = night.table("calibration_summary")
    return only(found, grouping=name(**values), label_source=source, review_sampling=sampling, period=None)


@pytest.mark.parametrize(("source", "sampling"), SOURCES)
def test_scores_are_those_of_other_libraries(source: str, sampling: str | None, night: PublishedNight) -> None:
    scored = 0
    for values in GROUPS:
        claims = night.of_group(values, source, sampling)
        if not claims:
            continue
        row = summary(night, values, source, sampling)
        assert (row["n"], row["refused"]) == (len(claims), 0), values
        if len(claims) < 100:
            assert (row["accuracy"], row["reason"]) == (None, f"insufficient: {len(claims)} claims, fewer than 100")
            continue
        expected = plain.scores(claims)
        assert {key: row[key] for key in expected} == pytest.approx(expected, abs=1e-9), values
        scored += 1
    assert scored >= 2


def test_the_headline_is_the_random_sample_and_the_answers_that_stood(night: PublishedNight) -> None:
    table = night.table("calibration_summary")
    random, kept = (
        set(table.filter(pl.col("review_sampling") == how, pl.col("n") > 0).select("grouping", "period").rows())
        for how in ("random", "kept")
    )
    for row in table.iter_rows(named=True):
        key = (row["grouping"], row["period"])
        if row["label_source"] == "reviewed":
            expected = "random" if key in random else None
            assert row["is_headline"] == (row["review_sampling"] == expected), row
        else:
            assert row["is_headline"] == (row["review_sampling"] == "kept" and key in kept), row


def test_q_values_are_those_of_statsmodels_by_source_sampling_and_period(night: PublishedNight) -> None:
    families = night.table("calibration_summary").partition_by("label_source", "review_sampling", "period")
    compared = 0
    for family in families:
        for p, q in (("p_value", "q_value"), ("drift_p", "drift_q")):
            known = family.drop_nulls(p)
            assert family[q].null_count() == family[p].null_count()
            if known.height:
                adjusted = multipletests(known[p].to_numpy(), method="fdr_bh")[1]
                assert known[q].to_list() == pytest.approx(adjusted.tolist())
                compared += known.height
    assert compared > 300


def test_reviewed_bias_covers_the_planted_one(night: PublishedNight) -> None:
    # A reviewer errs in 2%: a claim that is right with p is called right with .98 p + .02 (1 − p).
    table = night.table("calibration_summary").filter(
        pl.col("label_source") == "reviewed", pl.col("review_sampling") == "random", pl.col("period").is_null()
    )
    covered = []
    for row in table.drop_nulls("lower").iter_rows(named=True):
        values = json.loads(row["grouping"])
        if not values.keys() <= {"workflow", "ai_model", "claim_type"}:
            continue
        claims = [claim for claim, _ in night.of_group(values, "reviewed", "random")]
        planted = sum(claim["stated_confidence"] - 0.02 - 0.96 * claim["p_correct"] for claim in claims) / len(claims)
        covered.append(row["lower"] <= planted <= row["upper"])
    assert len(covered) >= 12
    # Of so many 95% confidence intervals more than two miss in one case of a hundred; they overlap, so rather more seldom.
    assert covered.count(False) <= 2


def test_the_planted_miscalibration_stands_out(night: PublishedNight) -> None:
    billing = summary(night, {"ai_model": "aria-2.4", "workflow": "billing"}, "reviewed", "random")
    assert billing["lower"] > 0.1
    assert billing["q_value"] < 0.001
    others = night.table("calibration_summary").filter(
        pl.col("grouping").str.contains("workflow"), pl.col("review_sampling") == "random", pl.col("period").is_null()
    )
    assert others["bias"].max() == billing["bias"]
    # The other way round; the outcomes, of which there are more, tell it for certain.
    account = {"workflow": "account"}
    assert summary(night, account, "reviewed", "random")["upper"] < billing["lower"]
    kept = summary(night, account, "outcome", "kept")
    assert kept["upper"] < 0


def test_maps_curves_and_histograms_belong_to_groups_with_scores(night: PublishedNight) -> None:
    key = ["grouping", "label_source", "review_sampling", "period"]
    scored = night.table("calibration_summary").drop_nulls("accuracy")
    for table in ("calibration_curve", "confidence_histogram"):
        drawn = night.table(table).select(key).unique()
        assert drawn.join(scored, on=key, how="anti", nulls_equal=True).is_empty()
        overall = scored.filter(pl.col("period").is_null())
        assert overall.join(drawn, on=key, how="anti", nulls_equal=True).is_empty()
    bars = night.table("confidence_histogram").group_by(key).agg(pl.col("claims").sum())
    joined = bars.join(scored, on=key, nulls_equal=True)
    assert (joined["claims"] == joined["n"]).all()
    maps = night.table("recalibration").drop_nulls("calibrated")
    for group in maps.partition_by(key[:3]):
        assert group.sort("stated")["calibrated"].is_sorted()
    halves = (
        night.table("recalibration")
        .group_by(key[:3])
        .agg((pl.col("fitted_on") + pl.col("judged_on")).first().alias("n"))
    )
    of_all = night.table("calibration_summary").filter(pl.col("period").is_null())
    both = halves.join(of_all, on=key[:3], nulls_equal=True, suffix="_summary")
    assert both.height == halves.height
    assert (both["n"] == both["n_summary"]).all()


# --- Early read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weeks_back", [7, 2])
@pytest.mark.parametrize(("scope", "following"), [("any", "next_contact_at"), ("same_issue", "next_same_issue_at")])
def test_a_week_followed_contact_by_contact(scope: str, following: str, weeks_back: int, night: PublishedNight) -> None:
    week = sorted(night.table("repeat_survival")["week"].unique())[-weeks_back]
    for values in ({}, {"mode": "ai_primary"}, {"hour_of_day": 10}):
        contacts = [
            row
            for row in night.of_week(week)
            if (scope == "any" or row["issue"] is not None) and all(row[key] == value for key, value in values.items())
        ]
        expected = plain.survival(contacts, night.as_of, following)
        curve = (
            night.table("repeat_survival")
            .filter(pl.col("grouping") == json.dumps(values), pl.col("scope") == scope, pl.col("week") == week)
            .sort("day")
        )
        assert curve["at_risk"].to_list() == [at_risk for at_risk, _, _ in expected]
        assert curve["events"].to_list() == [events for _, events, _ in expected]
        if len(contacts) >= MIN_N:
            assert curve["repeat_probability"].to_list() == pytest.approx([p for _, _, p in expected], nan_ok=True)


def test_a_week_whose_windows_have_all_closed_is_its_mature_rate_to_the_last_bit(night: PublishedNight) -> None:
    complete = night.table("repeat_survival").filter(
        ~pl.col("is_provisional"), pl.col("day") == 30, pl.col("n") >= MIN_N
    )
    assert complete.height > 400
    rate = complete["mature_repeated"] / complete["mature_n"]
    assert (complete["mature_n"] == complete["n"]).all()
    assert (complete["repeat_probability"] == rate).all()
    assert set(complete["window_share"]) == {1.0}


def test_intervals_cover_the_planted_probability_of_a_repeat(night: PublishedNight) -> None:
    planted = dict(night.truth("contacts").select("contact_id", "p_repeat_any_30d").iter_rows())
    covered = []
    for row in (
        night.table("repeat_survival")
        .filter(
            pl.col("grouping").is_in(["{}", '{"mode": "ai_primary"}', '{"mode": "human_primary"}']),
            pl.col("scope") == "any",
            pl.col("day") == 30,
            pl.col("repeat_probability").is_not_null(),
        )
        .iter_rows(named=True)
    ):
        mode = json.loads(row["grouping"]).get("mode")
        contacts = [each for each in night.of_week(row["week"]) if mode in {None, each["mode"]}]
        mean = sum(planted[each["contact_id"]] for each in contacts) / len(contacts)
        covered.append(row["lower"] <= mean <= row["upper"])
    assert len(covered) >= 39
    assert covered.count(False) <= 2


def test_mature_counts_agree_with_the_daily_counts(night: PublishedNight) -> None:
    daily = night.table("kpi_daily").with_columns(week=pl.col("day").dt.truncate("1w"))
    first_days = night.table("repeat_survival").filter(pl.col("day") == 0)
    compared = 0
    for scope, mature, repeated in (
        ("any", "mature_30d", "repeat_any_30d"),
        ("same_issue", "mature_with_issue_30d", "repeat_issue_30d"),
    ):
        for cut in (None, "mode", "workflow", "issue"):
            sums = daily.group_by("week", *([cut] if cut else [])).agg(pl.col(mature, repeated).sum())
            for row in sums.drop_nulls().iter_rows(named=True):
                grouping = name(**({cut: row[cut]} if cut else {}))
                found = first_days.filter(
                    pl.col("grouping") == grouping, pl.col("scope") == scope, pl.col("week") == row["week"]
                )
                counts = found.select("mature_n", "mature_repeated").rows() or [(0, 0)]
                assert counts == [(row[mature], row[repeated])]
                compared += 1
    assert compared > 500


# --- Escalation ---------------------------------------------------------------------------------------------------


def test_costs_of_the_later_half_by_counting(night: PublishedNight) -> None:
    prices = [night.prices[name] for name in ("wrong_answer", "handoff", "human_wrong_share")]
    # Without transcripts nobody's mood is known. Few workflows have the thirty verdicts that the low thresholds ask for.
    policies = night.table("escalation_policy").filter(pl.col("confidence_kind") == "raw")
    assert set(policies["mood"]) == {"unknown"}
    claims = plain.policy_claims(night.claims)
    whole = False
    for policy in policies.drop_nulls("stops_at").iter_rows(named=True):
        of_workflow = [claim for claim in claims if claim["workflow"] == policy["workflow"]]
        assert policy["claims"] == len(of_workflow)
        assert policy["labelled"] == sum(claim["label"] is not None for claim in of_workflow)
        assert policy["handed_off"] == sum(not claim["kept"] for claim in of_workflow)
        curve = night.table("escalation_cost").filter(
            pl.col("workflow") == policy["workflow"], pl.col("confidence_kind") == "raw"
        )
        costs_at = dict(curve.select("threshold", "cost").iter_rows())
        assert len(costs_at) == 102
        for threshold in (0.0, 0.25, 0.5, 0.7, 0.9, 1.0, 1.01):
            counted = plain.policy_cost(of_workflow, threshold, *prices)
            assert costs_at[threshold] == (None if counted is None else pytest.approx(counted)), threshold
            assert threshold >= policy["stops_at"] or counted is None
        if policy["cost"] is not None:
            assert policy["cost"] == pytest.approx(plain.policy_cost(of_workflow, policy["threshold"], *prices))
            assert policy["in_force"] == pytest.approx(plain.policy_cost(of_workflow, None, *prices))
            assert policy["regret"] == pytest.approx(policy["in_force"] - policy["cost"])
            assert (policy["recommended_threshold"] is not None) == (policy["regret_lower"] > 0)
        whole |= policy["stops_at"] == 0
    assert whole, "some curve reaches down to 0"


# --- Case flags, validity, small segments -------------------------------------------------------------------------


def test_confident_and_wrong_by_counting(night: PublishedNight) -> None:
    flags = night.table("case_flags").filter(pl.col("rule") == "confident_and_wrong")
    assert dict(flags.select("contact_id", "severity").iter_rows()) == plain.confident_and_wrong(night.outcomes)
    assert set(flags["severity"]) >= {1, 2}
    by_contact = {row["contact_id"]: row for row in night.outcomes}
    for contact_id, evidence in flags.select("contact_id", "evidence").iter_rows():
        row, shown = by_contact[contact_id], json.loads(evidence)
        came_back = row["repeat_issue_30d"] if row["issue"] else row["repeat_any_30d"]
        assert came_back or row["complaint_within_30d"] or row["reopened_within_30d"]
        assert shown["ai_confidence"] == pytest.approx(row["ai_confidence"], abs=5e-4)
        if came_back:
            assert shown["next_contact_id"] == row["next_same_issue_id" if row["issue"] else "next_contact_id"]


def test_slow_but_good_by_counting(night: PublishedNight) -> None:
    flags = night.table("case_flags").filter(pl.col("rule") == "slow_but_good")
    shown = {
        contact_id: (json.loads(evidence)["baseline_p90_seconds"], json.loads(evidence)["baseline_contacts"])
        for contact_id, evidence in flags.select("contact_id", "evidence").iter_rows()
    }
    assert shown == plain.slow_but_good(night.outcomes, MIN_N)
    assert len(shown) > 300


def test_validity_of_two_months_by_counting(night: PublishedNight) -> None:
    issues = {row["contact_id"]: row["issue"] for row in night.outcomes}
    for month in ("2026-06", "2026-08"):
        for values in ({}, {"mode": "ai_primary"}, {"issue": "outage"}):
            rows = [
                row
                for row in night.outcomes
                if f"{row['day']:%Y-%m}" == month
                and row["resolved_outcome"] is not None
                and all(row[key] == value for key, value in values.items())
            ]
            for measure, (numerator, denominator) in plain.claim_counts(rows).items():
                found = only(night.table("proxy_validity"), segment=name(**values), measure=measure, period=month)
                assert (found["numerator"], found["denominator"]) == (numerator, denominator)
                assert found["value"] == pytest.approx(numerator / denominator)
        repeats = [
            (row["issue"], issues[row["next_contact_id"]])
            for row in night.outcomes
            if f"{row['day']:%Y-%m}" == month and row["resolved_outcome"] is not None and row["repeat_any_30d"]
        ]
        known_issues = [pair for pair in repeats if None not in pair]
        found = only(night.table("proxy_validity"), measure="issue_changed", period=month)
        assert found["denominator"] == len(known_issues)
        assert found["numerator"] == sum(first != second for first, second in known_issues)


def test_small_segments_hold_the_raw_counts(night: PublishedNight) -> None:
    table = night.table("small_segments")
    found = {
        (row["kind"], row["name"], row["measure"]): (row["numerator"], row["n"]) for row in table.iter_rows(named=True)
    }
    assert found == plain.small_counts(night.outcomes, night.last_closed_day, 112)
    per = pl.when(pl.col("measure") == "complaints_per_1000").then(1000.0).otherwise(1.0)
    assert table.select((pl.col("raw") - per * pl.col("numerator") / pl.col("n")).abs().max()).item() < 1e-9
    for part in table.drop_nulls("shrunk").partition_by("kind", "measure"):
        order = part.sort("rank")
        assert order["shrunk"].is_sorted(descending=True)
        assert order["rank"][0] == 1

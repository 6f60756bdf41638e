"""Promises: kept and broken as planted, said as the truth has them, with events that keep them and decoys that do not."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from builders.plain_logit import fitted, off
from builders.simulated_landing import last_versions, read_table

from pipelines.simulate import SimulationSummary, World
from pipelines.simulate.arrival_times import horizon
from pipelines.simulate.due_dates import DUES, Due, due_instants, local_days
from pipelines.simulate.handoff_parameters import FULFILMENTS, PROMISE_KINDS
from pipelines.simulate.phrases import ENGLISH, SPANISH

SAYS = World().promises
ZONE = ZoneInfo("America/New_York")
KEPT_BY = dict(zip(PROMISE_KINDS, FULFILMENTS, strict=True))


def _promises(done: SimulationSummary) -> pl.DataFrame:
    return pl.read_parquet(done.truth / "promises.parquet")


def _logistic(logit: float) -> float:
    return 1 / (1 + float(np.exp(-logit)))


# --- Days ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made_at", "way", "due_at"),
    [
        # Friday, 4 September 2026, ten in the morning in New York.
        ("2026-09-04T14:00:00", Due("hours", 24), "2026-09-05T14:00:00"),
        ("2026-09-04T14:00:00", Due("tomorrow", 1), "2026-09-06T03:59:59"),
        ("2026-09-04T14:00:00", Due("days", 3), "2026-09-08T03:59:59"),
        # Three days from a Friday is "by Monday"; business days leave the weekend out.
        ("2026-09-04T14:00:00", Due("weekday", 3), "2026-09-08T03:59:59"),
        ("2026-09-04T14:00:00", Due("business_days", 2), "2026-09-09T03:59:59"),
        ("2026-09-04T14:00:00", Due("business_days", 5), "2026-09-12T03:59:59"),
        # Said on a Sunday: counted from the Friday before.
        ("2026-09-06T14:00:00", Due("business_days", 2), "2026-09-09T03:59:59"),
        ("2026-09-04T14:00:00", Due("weeks", 2), "2026-09-19T03:59:59"),
        # Two in the morning of the fifth in UTC is still the fourth in New York.
        ("2026-09-05T02:00:00", Due("tomorrow", 1), "2026-09-06T03:59:59"),
    ],
)
def test_due_dates_by_hand(made_at: str, way: Due, due_at: str) -> None:
    days = local_days(horizon(date(2026, 9, 30), 60, 14, ZONE))
    seconds = np.array([int(datetime.fromisoformat(made_at).replace(tzinfo=UTC).timestamp())])
    due = due_instants(days, seconds, np.array([DUES.index(way)], dtype=np.int8))
    assert datetime.fromtimestamp(int(due[0]), UTC).replace(tzinfo=None).isoformat() == due_at


def _said_due(text: str, language: str, made_at: datetime) -> datetime:
    """What a listener takes from the words, read anew and one at a time."""
    local = made_at.astimezone(ZONE)
    words = SPANISH if language == "es" else ENGLISH
    lower = text.lower()
    count = next((int(n) for n in re.findall(r"(\d+) (?:business |working )?(?:hours|days|horas|días)", lower)), 0)
    for number, word in enumerate(words.number_words, 1):
        if re.search(rf"\b{word} (working|business|days|week|día|semana)", lower):
            count = number
    if "hours" in lower or "horas" in lower:
        return made_at + timedelta(hours=count)
    weekdays = [name for name in words.weekdays if re.search(rf"\b{name}\b", text)]
    dates = re.findall(r"(\d+) de (\w+)|\b([A-Z]\w+) (\d+)\.$", text)
    if dates:
        day, month = (dates[0][0], dates[0][1]) if dates[0][0] else (dates[0][3], dates[0][2])
        due = date(local.year, words.months.index(month) + 1, int(day))
    elif weekdays:
        due = local.date() + timedelta(days=1)
        while due.weekday() != words.weekdays.index(weekdays[0]):
            due += timedelta(days=1)
    elif "tomorrow" in lower or "mañana" in lower:
        due = local.date() + timedelta(days=1)
    elif "week" in lower or "semana" in lower:
        due = local.date() + timedelta(weeks=count)
    elif re.search("business|working|hábiles|laborables", lower):
        due = local.date()
        while due.weekday() > 4:
            due -= timedelta(days=1)
        while count:
            due += timedelta(days=1)
            count -= due.weekday() <= 4
    else:
        due = local.date() + timedelta(days=count)
    return datetime.combine(due + timedelta(days=1), time(), ZONE).astimezone(UTC) - timedelta(seconds=1)


# --- Words ---------------------------------------------------------------------------------------------------------


def test_words_say_kind_amount_and_due_as_the_truth_has_them(operation: SimulationSummary) -> None:
    languages = read_table(operation.out, "contacts").select("contact_id", "language").unique("contact_id")
    promises = _promises(operation).join(languages, on="contact_id")
    assert promises.height > 400
    assert promises.filter(pl.col("language") == "es").height > 20
    for row in promises.iter_rows(named=True):
        assert _said_due(row["text"], row["language"], row["made_at"]) == row["due_at"], row["text"]
        said = re.search(r"\$(\d+(?:\.\d\d)?)|(\d+(?:\.\d\d)?) (?:dollars|dólares)", row["text"])
        assert (said and float(said[1] or said[2])) == row["amount"], row["text"]
        assert not re.search(r"[{}]", row["text"])
    kinds = {
        "credit": "credit|account|abon",
        "refund": "refund|paid back|reembols|devol",
        "callback": "call|phone|ring|llama",
    }
    for kind, pattern in kinds.items():
        assert promises.filter(pl.col("kind") == kind)["text"].str.contains(pattern).all(), kind


def test_each_kind_is_said_in_many_ways() -> None:
    for words, fewest in ((ENGLISH, 6), (SPANISH, 3)):
        assert set(words.promises) == set(PROMISE_KINDS)
        assert min(len(set(phrases)) for phrases in words.promises.values()) >= fewest
        assert set(words.dues) == {way.unit for way in DUES}
        for kind, phrases in words.promises.items():
            assert all(("{amount}" in phrase) == (kind in {"credit", "refund"}) for phrase in phrases)


def test_spoken_promises_stand_in_the_transcript_once_at_their_time(operation: SimulationSummary) -> None:
    promises = _promises(operation)
    turns = read_table(operation.out, "turns").unique(["contact_id", "turn_index"])
    starts = last_versions(read_table(operation.out, "contacts")).select("contact_id", "started_at")
    said = (
        turns.join(promises.drop("contact_id").rename({"leg_id": "contact_id", "text": "words"}), on="contact_id")
        .filter(pl.col("text").str.ends_with(pl.col("words")))
        .join(starts, on="contact_id")
    )
    assert said["contact_id"].is_unique().all()
    spoken = promises.filter("is_spoken")
    assert set(said["contact_id"]) == set(spoken["leg_id"])
    assert (said["speaker"] == said["made_by"]).all()
    # The transcript has its own clock: the same part of the conversation, hence the same day but for a few minutes.
    moments = said.select(
        (pl.col("started_at") + pl.duration(microseconds=(pl.col("offset_seconds") * 1e6).cast(pl.Int64))).alias("at"),
        "made_at",
    )
    gaps = moments.select((pl.col("at") - pl.col("made_at")).dt.total_seconds().abs()).to_series()
    assert gaps.quantile(0.9) < 600
    assert gaps.max() < 2 * 3_600
    unspoken = promises.filter(~pl.col("is_spoken"))
    assert unspoken["is_structured"].all()
    assert unspoken.height / promises.filter("is_structured").height == pytest.approx(
        SAYS.structured_unspoken, abs=0.05
    )


def test_nobody_else_promises_and_some_talk_of_promises(operation: SimulationSummary) -> None:
    promises = _promises(operation).filter("is_spoken")
    turns = read_table(operation.out, "turns").filter(pl.col("speaker") != "customer")
    plain = turns.join(promises, left_on="contact_id", right_on="leg_id", how="anti")
    openings = sorted({phrase.split(" {")[0] for phrases in ENGLISH.promises.values() for phrase in phrases})
    # Templates of promises begin like nothing else that is said.
    long = [opening for opening in openings if len(opening.split()) > 3]
    assert len(long) > 12
    assert plain["text"].str.contains_any(long).sum() == 0
    decoys = [phrase for phrase in ENGLISH.beats["no_promise"][""] if "{" not in phrase]
    assert plain["text"].str.contains_any(decoys).sum() > 50


# --- Records and events --------------------------------------------------------------------------------------------


def test_recorded_promises_are_those_of_the_truth(large_operation: SimulationSummary) -> None:
    truth = _promises(large_operation)
    landed = read_table(large_operation.out, "commitments").unique("commitment_id")
    recorded = truth.filter("is_structured")
    assert recorded.height / truth.height == pytest.approx(SAYS.structured, abs=0.02)
    assert truth.filter(~pl.col("is_structured"))["commitment_id"].null_count() == truth.height - recorded.height
    both = landed.join(recorded, on="commitment_id", how="full", suffix="_true")
    assert both.height == recorded.height
    for name in ("made_by", "kind", "amount", "currency"):
        assert both[name].eq_missing(both[f"{name}_true"]).all(), name
    assert (both["contact_id"] == both["leg_id"]).all()
    for name in ("made_at", "due_at"):
        assert (both[name].str.to_datetime(time_zone="UTC") == both[f"{name}_true"]).all()
    assert (both["text"].is_not_null() == both["is_spoken"]).all()
    assert truth["contact_id"].is_unique().all()


def test_promises_are_broken_and_late_as_planted(large_operation: SimulationSummary) -> None:
    truth = _promises(large_operation)
    assert truth.height / large_operation.contacts == pytest.approx(SAYS.share, abs=0.01)
    by_kind, by_model = dict(SAYS.broken_logit), dict(SAYS.broken_logit_model)
    groups = truth.group_by("kind", "ai_model").agg(pl.len(), (pl.col("fate") == "broken").mean())
    assert groups.height == 12
    for kind, model, n, share in groups.iter_rows():
        ai = 0.0 if model is None else SAYS.broken_logit_ai + by_model.get(model, 0.0)
        planted = _logistic(by_kind[kind] + ai)
        assert abs(share - planted) < 4 * (planted * (1 - planted) / n) ** 0.5, (kind, model)
    kept = truth.filter(pl.col("fate") != "broken")
    late = (kept["fate"] == "kept_late").mean()
    assert abs(late - SAYS.late) < 4 * (SAYS.late * (1 - SAYS.late) / kept.height) ** 0.5
    rates = dict(truth.group_by("made_by").agg((pl.col("fate") == "broken").mean()).iter_rows())
    assert rates["ai"] > 1.5 * rates["agent"]


@pytest.fixture(scope="module")
def events(large_operation: SimulationSummary) -> pl.DataFrame:
    """Events that could keep a promise, typed; the few that are broken on purpose left out."""
    return (
        read_table(large_operation.out, "crm_events")
        .unique("event_id")
        .filter(pl.col("event_type").is_in(FULFILMENTS))
        .with_columns(
            pl.col("occurred_at").str.to_datetime(time_zone="UTC"), pl.col("amount").cast(pl.Float64, strict=False)
        )
    )


def test_every_promise_kept_has_its_event(large_operation: SimulationSummary, events: pl.DataFrame) -> None:
    truth = _promises(large_operation)
    kept = truth.filter(pl.col("event_id").is_not_null())
    both = kept.join(events, on="event_id", suffix="_event")
    # All but those whose type was broken on purpose.
    assert kept.height - 10 < both.height < kept.height + 1
    assert kept["event_id"].is_unique().all()
    assert both["customer_id"].eq_missing(both["customer_id_event"]).all()
    assert (both["event_type"] == both["kind"].replace_strict(KEPT_BY)).all()
    assert (both["occurred_at"] == both["fulfilled_at"]).all()
    assert (both["occurred_at"] > both["made_at"]).all()
    on_time = both["occurred_at"] <= both["due_at"]
    assert (on_time == (both["status"] == "kept_on_time")).all()
    off_by = ((both["amount_event"] - both["amount"]).abs() / both["amount"]).drop_nulls()
    assert off_by.max() <= SAYS.amount_tolerance
    assert (off_by > 1e-9).mean() == pytest.approx(SAYS.amount_differs, abs=0.03)
    named = both.filter("is_structured")
    assert (named["commitment_id_event"].is_null() | (named["commitment_id"] == named["commitment_id_event"])).all()
    assert named["commitment_id_event"].is_not_null().mean() == pytest.approx(SAYS.named_by_event, abs=0.02)
    assert both.filter(~pl.col("is_structured"))["commitment_id_event"].null_count() == both.height - named.height


def test_what_is_known_at_the_end_follows_from_events_and_due_dates(large_operation: SimulationSummary) -> None:
    end = datetime(2026, 10, 1, tzinfo=ZONE).astimezone(UTC)
    truth = _promises(large_operation)
    expected = (
        pl.when(pl.col("event_id").is_not_null())
        .then(pl.col("fate"))
        .when(pl.col("due_at") < end)
        .then(pl.lit("broken"))
        .otherwise(pl.lit("pending"))
    )
    assert truth.select((pl.col("status") == expected).all()).item()
    assert truth.filter(pl.col("fate") == "broken")["event_id"].null_count() == (truth["fate"] == "broken").sum()
    assert set(truth["status"]) == {"kept_on_time", "kept_late", "broken", "pending"}


def test_decoys_are_there_and_keep_nothing(large_operation: SimulationSummary, events: pl.DataFrame) -> None:
    truth = _promises(large_operation)
    money = truth.filter(pl.col("fate") == "broken", pl.col("amount").is_not_null())
    loose = events.filter(pl.col("commitment_id").is_null()).join(truth, on="event_id", how="anti")
    assert set(loose["event_type"]) == {"credit_issued", "refund_issued"}
    near = money.join(
        loose, left_on=pl.col("kind").replace_strict(KEPT_BY), right_on="event_type", suffix="_event"
    ).filter(pl.col("occurred_at").is_between(pl.col("made_at"), pl.col("due_at")))
    same = pl.col("customer_id") == pl.col("customer_id_event")
    wrong = near.filter(same & ((pl.col("amount_event") - pl.col("amount")).abs() > 0.1 * pl.col("amount")))
    elsewhere = near.filter(~same & (pl.col("amount_event") == pl.col("amount")))
    identified = money["customer_id"].is_not_null().sum()
    assert wrong["contact_id"].n_unique() / identified == pytest.approx(SAYS.wrong_amount_if_broken, abs=0.06)
    assert elsewhere["contact_id"].n_unique() / money.height > 0.8 * SAYS.same_amount_elsewhere
    # Of the same customer and kind, in time, no decoy has the amount.
    assert near.filter(same & ((pl.col("amount_event") - pl.col("amount")).abs() < 0.03 * pl.col("amount"))).height <= 3


# --- Trust ---------------------------------------------------------------------------------------------------------


def test_a_broken_promise_brings_customers_back_for_the_same_issue(large_operation: SimulationSummary) -> None:
    truth = pl.read_parquet(large_operation.truth / "contacts.parquet")
    made = _promises(large_operation).select("contact_id", "fate")
    found = truth.join(made, on="contact_id").filter(pl.col("p_repeat_issue_30d").is_not_null())
    broken = pl.col("fate") == "broken"
    means = {
        (resolved, is_broken): chance
        for resolved, is_broken, chance in found.group_by("resolved", broken.alias("broken"))
        .agg(pl.col("p_repeat_issue_30d").mean())
        .iter_rows()
    }
    # Nearly all of it comes within 30 days of the end: .5 where nothing else would bring them back.
    assert means[True, True] - means[True, False] == pytest.approx(SAYS.return_probability, abs=0.06)
    assert means[False, True] > means[False, False] + 0.1


def test_after_a_broken_promise_customers_avoid_the_ai(large_operation: SimulationSummary) -> None:
    truth = pl.read_parquet(large_operation.truth / "contacts.parquet")
    legs = last_versions(read_table(large_operation.out, "contacts"))
    where = legs.select("contact_id", "workflow", "started_at").unique("contact_id")
    hour = pl.col("started_at").dt.convert_time_zone("America/New_York").dt.hour()
    contacts = truth.join(where, on="contact_id").with_columns(
        (pl.col("mode") != "human_primary").alias("ai"),
        (pl.col("mode") == "joint").alias("joint"),
        ((hour < 8) | (hour >= 20)).alias("night"),
    )
    assert contacts["after_broken_promise"].sum() > 400
    assert contacts.filter("after_broken_promise")["depth"].min() >= 1
    known = ["opening_mood", "night", "depth", "after_broken_promise"]
    started = fitted(contacts, "ai", known, ["workflow"])
    assert off(started["after_broken_promise"], SAYS.ai_logit_distrust) < 3.5
    onward = fitted(contacts.filter("ai"), "joint", known, ["workflow"])
    assert off(onward["after_broken_promise"], SAYS.handoff_logit_distrust) < 3.5
    assert started["after_broken_promise"][0] < -0.3

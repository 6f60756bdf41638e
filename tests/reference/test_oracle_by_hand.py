"""The oracle on cases small enough to follow by hand: outcomes, links and counts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from . import brute_force
from .brute_force import Parameters, compute
from .by_hand import DAY, LATE, START, US, complaint, contact, event, outcome, run


@pytest.mark.parametrize("window", [1, 7, 30])
@pytest.mark.parametrize(("offset", "expected"), [(-US, True), (0 * US, True), (US, False)])
def test_the_window_is_closed_on_the_right(window: int, offset: timedelta, expected: bool) -> None:
    first = contact("a")
    second = contact("b", first["ended_at"] + window * DAY + offset)
    assert outcome(run([first, second]))[f"repeat_any_{window}d"] is expected


def test_the_next_contact_is_null_beyond_the_longest_window() -> None:
    first = contact("a")
    cells = outcome(run([first, contact("b", first["ended_at"] + 30 * DAY + US)]))
    assert (cells["next_contact_at"], cells["next_contact_id"]) == (None, None)


def test_a_tie_in_start_is_broken_by_contact_id_and_an_overlap_counts() -> None:
    # Both start together: a is before b, so b follows a and nothing follows b.
    reference = run([contact("b"), contact("a", end=START + 5 * DAY)])
    assert outcome(reference, "a")["next_contact_id"] == "b"
    assert outcome(reference, "a")["repeat_any_1d"] is True
    assert outcome(reference, "b")["repeat_any_30d"] is False


def test_same_issue_skips_other_issues_and_is_null_without_one() -> None:
    chain = [
        contact("a", issue="billing"),
        contact("b", START + 2 * DAY, issue="login"),
        contact("c", START + 3 * DAY),
        contact("d", START + 6 * DAY, issue="billing"),
    ]
    cells = outcome(run(chain))
    assert (cells["next_contact_id"], cells["next_same_issue_id"]) == ("b", "d")
    assert (cells["repeat_issue_1d"], cells["repeat_issue_7d"]) == (False, True)
    assert outcome(run(chain), "c")["repeat_issue_7d"] is None
    assert outcome(run(chain), "c")["resolution_scope"] == "any"


@pytest.mark.parametrize(("offset", "mature"), [(-US, False), (0 * US, True)])
def test_flags_are_null_until_the_window_has_closed(offset: timedelta, mature: bool) -> None:
    only = contact("a", resolved_claimed=True)
    cells = outcome(run([only], as_of=only["ended_at"] + 30 * DAY + offset))
    expected = False if mature else None
    assert cells["mature_30d"] is mature
    assert cells["mature_7d"] is True
    for name in ("repeat_any_30d", "complaint_within_30d", "reopened_within_30d", "closed_account_within_30d"):
        assert cells[name] is expected, name
    assert cells["resolved_outcome"] is (True if mature else None)


def test_the_outcome_waits_for_the_complaint_lag() -> None:
    only = contact("a")
    end = only["ended_at"]
    assert outcome(run([only], lag_days=5, as_of=end + 35 * DAY - US))["resolved_outcome"] is None
    assert outcome(run([only], lag_days=5, as_of=end + 35 * DAY))["resolved_outcome"] is True
    assert outcome(run([only], lag_days=5, as_of=end + 30 * DAY))["complaint_within_30d"] is False


def test_legs_add_up_to_one_contact() -> None:
    # Order: r (10:00), x (10:05), y (10:05). The customer is the first known, the rest the last non-null.
    legs = [
        contact("y", START + timedelta(minutes=5), root_contact_id="r", customer_id="bob", issue=" ", agent_id="g2"),
        contact("x", START + timedelta(minutes=5), root_contact_id="r", issue="login", agent_id="g1", wrap_seconds=9),
        contact("r", customer_id="?", issue="billing", ai_model="m", handle_seconds=60.5, external_transfers=2),
    ]
    legs[0] |= {"talk_seconds": 1, "hold_seconds": 2, "wrap_seconds": 3, "ended_at": None}
    cells = outcome(run(legs), "r")
    assert len(run(legs).contacts) == 1
    assert cells["customer_key"] == brute_force.pseudonym("k" * 32, "ann")
    assert (cells["issue"], cells["agent_id"], cells["mode"], cells["ai_model"]) == ("login", "g2", "joint", "m")
    assert (cells["legs"], cells["transfer_count"], cells["handle_seconds"]) == (3, 4, 66.5)
    assert (cells["started_at"], cells["ended_at"]) == (START, START + timedelta(minutes=15))


@pytest.mark.parametrize(
    ("legs", "mode"),
    [
        ([{"mode": "ai_primary", "agent_id": "g"}], "ai_primary"),
        ([{"ai_model": "m"}], "ai_primary"),
        ([{"ai_model": "m", "agent_id": "g"}], "human_primary"),
        ([{"agent_id": "g"}, {"ai_model": "m"}], "ai_primary"),
        ([{"ai_model": "m"}, {"agent_id": "g"}, {"ai_model": "m"}], "joint"),
        ([{"ai_model": "m"}, {"mode": "human_primary"}], "joint"),
        ([{"mode": "joint"}, {}], "joint"),
        ([{"mode": "human_primary"}, {}], "human_primary"),
        ([{}], None),
    ],
)
def test_mode_of_a_contact(legs: list[dict[str, Any]], mode: str | None) -> None:
    rows = [
        contact(f"l{i}", START + i * timedelta(seconds=1), root_contact_id="l0", **leg) for i, leg in enumerate(legs)
    ]
    assert outcome(run(rows), "l0")["mode"] == mode


def test_bad_values_become_null() -> None:
    only = contact("a", end=START - US, handle_seconds=86_400.5, talk_seconds=1, hold_seconds=-1, wrap_seconds=1)
    cells = outcome(run([only]))
    assert (cells["ended_at"], cells["handle_seconds"]) == (START, None)
    assert outcome(run([contact("a", handle_seconds=-1, talk_seconds=1, hold_seconds=1, wrap_seconds=1)]))[
        "handle_seconds"
    ] == pytest.approx(3)


@pytest.mark.parametrize(
    ("cells", "served", "inbound", "eligible"),
    [
        ({}, 1, 1, 1),
        ({"direction": "callback"}, 1, 0, 0),
        ({"direction": "sideways"}, 1, 1, 1),
        ({"served": False}, 0, 0, 0),
        ({"disconnect_reason": " lost "}, 0, 0, 0),
        ({"disconnect_reason": "lost", "served": True}, 1, 1, 1),
        ({"customer_id": " Unknown "}, 1, 1, 0),
        ({"customer_id": "\t"}, 1, 1, 0),
    ],
)
def test_eligibility(cells: dict[str, Any], served: int, inbound: int, eligible: int) -> None:
    reference = run([contact("a", handle_seconds=60, **cells)], unserved_reasons=frozenset({"lost"}))
    (counts,) = reference.kpi_daily.values()
    assert counts["contacts"] == 1
    assert (counts["served"], counts["served_inbound"], counts["eligible"]) == (served, inbound, eligible)
    assert (counts["handle_seconds_n"], counts["handle_seconds_sum"]) == (served, 60 * served)
    assert len(reference.contact_outcomes) == eligible


def test_phantom_and_test_contacts_count_in_volumes_only() -> None:
    named: tuple[dict[str, Any], ...] = (
        {"phantom_reasons": frozenset({"ghost"})},
        {"test_customers": frozenset({"ann"})},
        {"test_contacts": frozenset({"a"})},
    )
    for parameters in named:
        reference = run([contact("a", disconnect_reason="ghost", handle_seconds=4)], **parameters)
        (counts,) = reference.kpi_daily.values()
        assert (counts["served_inbound"], counts["known_customer"], counts["eligible"]) == (1, 1, 0)
        assert (counts["contacts"], counts["handle_seconds_sum"]) == (1, 4)


def test_customers_join_across_systems_and_contacts_do_not() -> None:
    reference = run([contact("a"), contact("a", START + DAY / 2, system="t")])
    assert outcome(reference)["repeat_any_1d"] is True
    assert outcome(reference, system="t")["repeat_any_1d"] is False


def test_the_latest_version_wins_and_a_withdrawn_record_counts_nowhere() -> None:
    old, new = contact("a", issue="login"), contact("a", issue="billing", updated_at=START)
    assert outcome(run([new, old]))["issue"] == "billing"
    assert run([new, {"system": "s", "contact_id": "a", "updated_at": START + US, "deleted_at": START}]).contacts == {}
    withdrawn = {**new, "updated_at": START + US, "deleted_at": START}
    assert run([withdrawn, new, old]).contacts == {}
    assert outcome(run([withdrawn, {**new, "updated_at": START + 2 * US}]))["issue"] == "billing"
    assert outcome(run([new, {**new, "updated_at": START + US, "started_at": "?"}]))["issue"] == "billing"
    with pytest.raises(AssertionError, match="same updated_at"):
        run([old, contact("a")])


def test_only_what_was_seen_counts() -> None:
    rows = [contact("a"), contact("x", START + DAY, root_contact_id="a"), contact("b", START + DAY + US)]
    assert outcome(run(rows, as_of=START + DAY))["legs"] == 2
    assert outcome(run(rows, as_of=START + DAY - US))["legs"] == 1
    assert set(run(rows, as_of=START + DAY).contact_outcomes) == {("s", "a")}


@pytest.mark.parametrize(
    ("offset", "expected"), [(-US, False), (0 * US, True), (30 * DAY, True), (30 * DAY + US, False)]
)
def test_reopening_and_closure_windows(offset: timedelta, expected: bool) -> None:
    first = contact("a", case_id="k")
    at = first["ended_at"] + offset
    for by in ({"contact_id": "a"}, {"case_id": "k"}):
        cells = outcome(run([first], crm_events=[event("case_reopened", at, **by)]))
        assert (cells["reopened_within_30d"], cells["resolved_outcome"]) == (expected, not expected)
    for by in ({"customer_id": "ann"}, {"contact_id": "a"}, {"customer_id": "?", "contact_id": "a"}):
        cells = outcome(run([first], crm_events=[event("account_closed", at, **by)]))
        assert (cells["closed_account_within_30d"], cells["resolved_outcome"]) == (expected, True)


def test_a_reopened_case_links_to_its_latest_contact_or_to_the_one_it_names() -> None:
    rows = [contact("a", case_id="k"), contact("b", START + DAY, case_id="k"), contact("c", START + 9 * DAY)]
    rows[2]["case_id"] = "k"
    at = START + 2 * DAY

    def reopened(**by: str) -> list[str]:
        outcomes = run(rows, crm_events=[event("case_reopened", at, **by)]).contact_outcomes
        return [key[1] for key, cells in outcomes.items() if cells["reopened_within_30d"]]

    assert reopened(case_id="k") == ["b"]
    assert reopened(case_id="k", contact_id="a") == ["a"]
    assert reopened(case_id="k", contact_id="nobody") == []
    rows[1]["direction"] = "outbound"
    assert reopened(case_id="k") == ["a"]
    assert reopened(case_id="k", contact_id="b") == []


def test_a_leg_id_means_its_contact() -> None:
    rows = [contact("r"), contact("x", root_contact_id="r", mode="ai_primary")]
    at = START + DAY
    events = [event("case_reopened", at, contact_id="x")]
    handoffs = [{"system": "s", "handoff_id": "h", "contact_id": "x", "occurred_at": at, "to_party": "ai"}]
    cells = outcome(run(rows, crm_events=events, complaints=[complaint(at, contact_id="x")], handoffs=handoffs), "r")
    assert (cells["reopened_within_30d"], cells["complaint_within_30d"], cells["contained"]) == (True, True, True)
    handoffs[0]["to_party"] = "team"
    assert outcome(run(rows, handoffs=handoffs), "r")["contained"] is False
    assert outcome(run(rows, handoffs=handoffs, as_of=at - US), "r")["contained"] is True


@pytest.mark.parametrize(
    ("cells", "contained"),
    [
        ({"mode": "ai_primary"}, True),
        ({"mode": "ai_primary", "agent_id": "g"}, False),
        ({"mode": "joint"}, False),
        ({"mode": "human_primary"}, None),
        ({}, None),
    ],
)
def test_containment(cells: dict[str, Any], contained: bool | None) -> None:
    assert outcome(run([contact("a", **cells)]))["contained"] is contained


def test_complaint_link_rules() -> None:
    rows = [
        contact("a", issue="i", product="q"),
        contact("b", START + DAY, issue="j", product="p"),
        contact("c", START + 2 * DAY, issue="i", product="q"),
        contact("d", START + 3 * DAY, issue="j", product="q"),
    ]
    at = START + 4 * DAY

    def link(received_at: datetime = at, **cells: str) -> tuple[str | None, str]:
        (row,) = run(rows, complaints=[complaint(received_at, **cells)]).complaints.values()
        return row["contact_id"], row["link_rule"]

    assert link(customer_id="ann", issue="i", product="p") == ("c", "same_issue")
    assert link(customer_id="ann", issue="none", product="p") == ("b", "same_product")
    assert link(customer_id="ann", issue=" ") == ("d", "any")
    assert link(customer_id="bob") == (None, "unlinked_no_contact")
    assert link(customer_id="?") == (None, "unlinked_no_customer")
    assert link(contact_id="a", customer_id="bob", issue="j") == ("a", "contact_id")
    assert link(contact_id="zz", customer_id="ann") == (None, "unlinked_contact")
    # Look-back: a ended at START + 10 min; 90 days later to the microsecond it still counts, alone with what follows.
    edge = rows[0]["ended_at"] + 90 * DAY
    assert link(edge, customer_id="ann", product="q", issue="i") == ("c", "same_issue")
    assert link(rows[0]["ended_at"], customer_id="ann") == ("a", "any")
    assert link(rows[0]["ended_at"] - US, customer_id="ann") == (None, "unlinked_no_contact")
    del rows[1:]
    assert link(edge, customer_id="ann") == ("a", "any")
    assert link(edge + US, customer_id="ann") == (None, "unlinked_no_contact")


def test_complaint_within_30_days_and_its_day_of_receipt() -> None:
    first = contact("a", issue="i")
    at = first["ended_at"] + 30 * DAY
    reference = run([first], complaints=[complaint(at, customer_id="ann")])
    assert outcome(reference)["complaint_within_30d"] is True
    (row,) = reference.complaints.values()
    assert (row["within_30d"], row["days_to_complaint"]) == (True, 30.0)
    assert reference.kpi_daily[at.date(), None, None, None, None, "i", None, None, None, None]["complaints_linked"] == 1
    assert outcome(run([first], complaints=[complaint(at + US, customer_id="ann")]))["complaint_within_30d"] is False
    unlinked = run([first], complaints=[complaint(at)])
    assert unlinked.kpi_daily[at.date(), *[None] * 9]["complaints"] == 1
    assert unlinked.kpi_daily[at.date(), *[None] * 9]["complaints_linked"] == 0


def test_a_part_without_a_source_is_left_out() -> None:
    tables = {"contacts": [contact("a")], "complaints": [complaint(START + DAY, customer_id="ann")]}
    parameters = Parameters("UTC", LATE, available_tables=frozenset({"contacts", "complaints"}))
    cells = outcome(compute(tables, parameters))
    assert (cells["resolution_parts"], cells["resolved_outcome"]) == ("repeat+complaint", False)
    assert (cells["reopened_within_30d"], cells["closed_account_within_30d"]) == (None, None)
    cells = outcome(compute({"contacts": [contact("a")]}, Parameters("UTC", LATE)))
    assert (cells["resolution_parts"], cells["complaint_within_30d"]) == ("repeat", None)


def test_days_are_cut_in_the_business_time_zone() -> None:
    # Berlin on 29 March 2026: midnight is 23:00 UTC the day before, and 02:00 is skipped; the day ends at 22:00 UTC.
    berlin = ZoneInfo("Europe/Berlin")
    assert brute_force.end_of_day(date(2026, 3, 29), berlin) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    cells = outcome(run([contact("a", datetime(2026, 3, 28, 23, tzinfo=UTC))], time_zone="Europe/Berlin"))
    assert (cells["day"], cells["hour_of_day"]) == (date(2026, 3, 29), 0)
    cells = outcome(run([contact("a", datetime(2026, 3, 29, 1, tzinfo=UTC))], time_zone="Europe/Berlin"))
    assert (cells["day"], cells["hour_of_day"]) == (date(2026, 3, 29), 3)
    # Havana on 9 March 2025 has no midnight: the day begins at 01:00 local, 05:00 UTC.
    havana = ZoneInfo("America/Havana")
    assert brute_force.local_midnight(date(2025, 3, 9), havana) == datetime(2025, 3, 9, 5, tzinfo=UTC)


def test_a_date_alone_is_the_end_of_its_business_day() -> None:
    first = contact("a")
    reference = run([first], complaints=[complaint(date(2026, 3, 2), customer_id="ann")], time_zone="Asia/Kolkata")
    (row,) = reference.complaints.values()
    assert row["received_at"] == datetime(2026, 3, 2, 18, 29, 59, 999_999, tzinfo=UTC)
    assert row["received_day"] == date(2026, 3, 2)
    assert run([first], as_of=date(2026, 3, 2), time_zone="Asia/Kolkata").as_of == datetime(
        2026, 3, 2, 18, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("latest", "run_at", "expected"),
    [
        ("2026-03-02T10:00:00Z", "2026-03-09T10:00:00Z", "2026-03-02T23:00:00Z"),
        ("2026-03-02T23:00:00Z", "2026-03-09T10:00:00Z", "2026-03-02T23:00:00Z"),
        ("2026-03-02T23:00:00.000001Z", "2026-03-09T10:00:00Z", "2026-03-03T23:00:00Z"),
        ("2026-03-09T08:00:00Z", "2026-03-09T10:00:00Z", "2026-03-08T23:00:00Z"),
        ("2031-01-01T00:00:00Z", "2026-03-09T10:00:00Z", "2026-03-08T23:00:00Z"),
    ],
)
def test_default_as_of(latest: str, run_at: str, expected: str) -> None:
    # Berlin in winter: midnight is 23:00 UTC.
    moments = [datetime.fromisoformat(text) for text in (latest, run_at, expected)]
    assert brute_force.default_as_of(moments[0], moments[1], ZoneInfo("Europe/Berlin")) == moments[2]


def test_kpi_cohort_counts() -> None:
    # One day, one segment: claimed and held; claimed and came back (b follows c within a day); not claimed, unknown.
    rows = [
        contact("a", resolved_claimed=True, mode="ai_primary"),
        contact("b", customer_id="bob", resolved_claimed=True, mode="ai_primary"),
        contact("c", START + timedelta(hours=1), customer_id="bob", resolved_claimed=False, mode="ai_primary"),
        contact("d", customer_id="cat", mode="ai_primary"),
    ]
    (counts,) = run(rows).kpi_daily.values()
    expected = {
        "eligible": 4,
        "claimed_n": 3,
        "claimed_yes": 2,
        "cohort_n": 3,
        "cohort_claimed_yes": 2,
        "cohort_outcome_yes": 2,
        "cohort_claimed_yes_outcome_no": 1,
        "contained": 4,
        "contained_outcome_n": 4,
        "contained_outcome_yes": 3,
        "repeat_any_1d": 1,
        "repeat_issue_1d": 0,
        "mature_30d": 4,
        "mature_with_issue_30d": 0,
    }
    assert {name: counts[name] for name in expected} == expected


# --- M7 and D2, by hand -------------------------------------------------------------------------------------------

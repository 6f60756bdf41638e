"""Does the adversarial data reach every edge of handoffs and promises? Every wrong definition must publish something else."""

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from . import adversarial, brute_force, compare_handoffs, handoffs
from .adversarial_handoffs import with_handoffs

MUTANTS = [
    ('end_of_day(world.day(promise["made_at"]) + days * DAY, world.zone)', 'promise["made_at"] + days * DAY'),
    ("settings.grace_days * DAY", "0 * DAY"),
    ('"kept_on_time" if at <= last', '"kept_on_time" if at < last'),
    ('"broken" if last < world', '"broken" if last <= world'),
    ("settings.done_days if promise", "settings.due_days if promise"),
    ('<= event["occurred_at"] <= last', '< event["occurred_at"] <= last'),
    ('<= event["occurred_at"] <= last', '<= event["occurred_at"] < last'),
    ('promise["contact"].started_at <= event', 'promise["made_at"] <= event'),
    ('return (promise["amount"] is None, *parts)', "return parts"),
    ('parts = (promise["due_at"], promise["made_at"]', 'parts = (promise["made_at"], promise["due_at"]'),
    ("del free[position]", "pass"),
    ('event["amount"] - promise["amount"]) <= reach', 'event["amount"] - promise["amount"]) < reach'),
    ('customer is None and event.get("contact_id")', 'False and event.get("contact_id")'),
    ('event.get("commitment_id")) in ids', 'event.get("commitment_id")) in ()'),
    ('if event["event_type"] in CASE_STAGES:', "if False:"),
    ('customer != promise["contact"].customer:', "False:"),
    ("paid += amount or 0.0", "paid = amount or 0.0"),
    ("(1 - world.settings.amount_tolerance) - CENTS", "1"),
    ("naming.sort(key=_event_order)", "pass"),
    ('(event["system"], event.get("commitment_id")) !=', '(promise["system"], event.get("commitment_id")) !='),
    ("day = made_on + DAY\n", "day = made_on\n"),
    ("day if day >= made_on else", "day if day > day else"),
    ("if amount is None and has_amount:", "if False:"),
    ('alike is True and said["kind"] in ("credit", "refund")', 'False and said["kind"] in ("credit", "refund")'),
    ("return alike is not False", "return True"),
    ('merged["stated"] = promise["stated"] or min(dues, default=None)', 'merged["stated"] = promise["stated"]'),
    ('promise["reason"] = "no_customer"', "pass"),
    ('"pending" not in statuses', "True"),
    ("0 <= offset <= LONGEST_OFFSET", "False"),
    ("if from_party is not None:", "if False:"),
    ("if to_party is not None:", "if False:"),
    ('contact.mode in ("human_primary", "joint") or contact', "contact"),
    ("from_party.lower() in NOT_A_HUMAN", "from_party in NOT_A_HUMAN"),
    ('if turn["leg_start"] >= at:', 'if turn["leg_start"] > at:'),
    ("1_000_000) > (at", "1_000_000) >= (at"),
    ('if turn["leg_start"] < turn["leg_end"] <= at:', "if False:"),
    ('return bool(agents) and turn["turn_index"] >= min(agents)', "return False"),
    ('is_human_leg(leg) and leg["started_at"] >= at', 'is_human_leg(leg) and leg["started_at"] > at'),
    ("wait if wait is not None else next_leg", "wait or next_leg"),
    ("1 - len(missing) / len(recorded) if", "1 - len(missing) / 4 if"),
    ("MISUNDERSTANDINGS = 3", "MISUNDERSTANDINGS = 4"),
    ("not claimed and reason in", "reason in"),
    (
        '(leg.get("disconnect_reason") or "").lower() or reason',
        'reason or (leg.get("disconnect_reason") or "").lower()',
    ),
    ('handoff["trigger"] == "customer_request"', "False"),
    ("if contact.served_inbound and not contact.phantom:", "if contact.served_inbound:"),
    ('following.mode != "human_primary"', "True"),
    ("min(1.0, settings.review_per_day / len(claims))", "settings.review_per_day / len(claims)"),
    ("_hashed(settings.review_seed, day.isoformat())", "_hashed(settings.review_seed)"),
    ('_hashed(settings.review_seed, pair[0]["system"], pair[0]["claim_id"])', '""'),
    ('(name is None, name or "")', '(name is not None, name or "")'),
    ("verified_at <= world.reference.as_of", "verified_at < world.reference.as_of"),
]


@pytest.mark.wide
def test_every_wrong_definition_is_told_apart() -> None:
    source = Path(handoffs.__file__).read_text(encoding="utf-8")
    assert [old for old, _ in MUTANTS if source.count(old) != 1] == []
    survivors = MUTANTS
    for seed in (11, 12, 13, 14, 15):
        scenario = with_handoffs(adversarial.generate(seed, 500, configured=True), seed)
        parameters = _parameters(scenario)
        reference = brute_force.compute(scenario.tables, parameters)
        settings = compare_handoffs.settings_of(scenario)
        settings = handoffs.HandoffSettings(review_per_day=3, reader=settings.reader)
        right = _published(handoffs, scenario, parameters, settings, reference)
        assert all(right)
        survivors = [
            (old, new)
            for old, new in survivors
            if _by_mutant(source.replace(old, new), scenario, parameters, settings, reference) == right
        ]
    assert not survivors, "\n".join(old for old, _ in survivors)


def _parameters(scenario: adversarial.Scenario) -> brute_force.Parameters:
    return brute_force.Parameters(
        time_zone=scenario.time_zone,
        as_of=scenario.as_of,
        unserved_reasons=frozenset(scenario.unserved_reasons),
        phantom_reasons=frozenset(scenario.phantom_reasons),
        test_customers=frozenset(scenario.test_customers),
        test_contacts=frozenset(scenario.test_contacts),
    )


def _published(module: Any, *arguments: Any) -> tuple[Any, ...]:
    scenario, parameters, settings, reference = arguments
    made = module.compute_handoffs(scenario.tables, parameters, settings, reference)
    return made.handoffs, made.commitments, made.promise_broken, made.stuck, made.mode_mix, made.review_sample


def _by_mutant(source: str, *arguments: Any) -> tuple[Any, ...] | None:
    """What a wrong oracle publishes; None where it gives up."""
    module = types.ModuleType("tests.reference.mutant")
    module.__package__ = handoffs.__package__
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, "mutant", "exec"), module.__dict__)  # noqa: S102
        return _published(module, *arguments)
    except (TypeError, KeyError, ZeroDivisionError, OverflowError):
        return None
    finally:
        del sys.modules[module.__name__]

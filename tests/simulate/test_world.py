"""Worlds that contradict themselves, or name what they do not have, are refused with a sentence that says why."""

from typing import Any

import pytest

from pipelines.simulate.handoff_parameters import Handoffs, PromiseParameters
from pipelines.simulate.parameters import ClaimParameters, Miscalibration, PlantedChange, World

SOUND: dict[str, Any] = {
    "name": "x",
    "kind": "diverging",
    "segment": (("mode", "ai_primary"),),
    "handle_factor": 0.8,
}
MIX: dict[str, Any] = {
    "name": "x",
    "kind": "mix",
    "segment": (("region", "pacific"),),
    "issue_factors": (("outage", 2.0),),
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (SOUND | {"kind": "gaming"}, "kind is one of diverging, undervalued, mix, not 'gaming'"),
        (SOUND | {"segment": ()}, "at least one dimension"),
        (SOUND | {"segment": (("mode", "joint"), ("mode", "ai_primary"))}, "each of them once"),
        (SOUND | {"segment": (("queue", "billing"),)}, "made of mode, channel, workflow"),
        (SOUND | {"days_before_end": -1}, "days_before_end is at least 0"),
        (SOUND | {"handle_factor": 0.0}, "positive"),
        (SOUND | {"claim_logit": float("inf")}, "finite"),
        (SOUND | {"handle_factor": 1.0}, "nothing else, make a mix"),
        (SOUND | {"issue_factors": (("outage", 2.0),)}, "no other kind has them"),
        (MIX | {"segment": (("mode", "joint"),)}, "made of product, region, language"),
        (MIX | {"issue_factors": ()}, "make a mix change"),
        (MIX | {"resolved_logit": 0.1}, "nothing else"),
        (MIX | {"issue_factors": (("outage", -2.0),)}, "positive"),
        (MIX | {"issue_factors": (("outage", 2.0), ("outage", 3.0))}, "one factor"),
    ],
)
def test_a_change_that_contradicts_itself_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"change 'x': .*{message}"):
        PlantedChange(**wrong)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([SOUND | {"segment": (("workflow", "bills"),)}], "workflow 'bills' is unknown; there is billing, technical"),
        ([SOUND | {"segment": (("language", "fr"),)}], "language 'fr' is unknown; there is en, es"),
        ([MIX | {"segment": (("region", "alaska"),)}], "region 'alaska' is unknown"),
        ([MIX | {"issue_factors": (("lost", 2.0),)}], "issue 'lost' is unknown; there is billing_dispute"),
        ([SOUND, MIX], "a name of its own"),
    ],
)
def test_changes_name_what_the_world_has(changes: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        World(changes=tuple(PlantedChange(**change) for change in changes))


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (Miscalibration("bills", None, 1.0), "miscalibration: workflow 'bills' is unknown"),
        (Miscalibration(None, "aria-9", 1.0), "ai_model 'aria-9' is unknown; there is aria-2.3, aria-2.4"),
    ],
)
def test_miscalibrations_name_what_the_world_has(group: Miscalibration, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        World(claims=ClaimParameters(miscalibrations=(group,)))


@pytest.mark.parametrize(
    ("planted", "message"),
    [
        ({"handoffs": Handoffs(present_logit_workflow=(("bills", 1.0),))}, "handoffs: workflow 'bills' is unknown"),
        ({"handoffs": Handoffs(present_logit_model=(("aria-9", 1.0),))}, "handoffs: ai_model 'aria-9' is unknown"),
        (
            {"promises": PromiseParameters(broken_logit_model=(("aria-9", 1.0),))},
            "promises: ai_model 'aria-9' is unknown",
        ),
    ],
)
def test_seams_name_what_the_world_has(planted: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        World(**planted)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"resolved_logit_missing": (("summary", -1.0),)},
            "each of summary, transcript, tool_results, attempt_account",
        ),
        ({"resolved_logit_trigger": (("boredom", -1.0),)}, "trigger 'boredom' is unknown; there is low_confidence"),
        ({"restatements": (("restated", 1.0),)}, "each of said_so, said_so_and_restated, restated"),
        (
            {
                "repeated_logit_missing": (
                    ("summary", float("nan")),
                    ("transcript", 0.0),
                    ("tool_results", 0.0),
                    ("attempt_account", 0.0),
                )
            },
            "finite",
        ),
    ],
)
def test_handoffs_that_contradict_themselves_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"handoffs: .*{message}"):
        Handoffs(**wrong)


def test_promises_of_unknown_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="promises: each of credit, refund, callback, replacement"):
        PromiseParameters(kinds=(("cake", 1.0),))


def test_a_bias_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="of billing, None: the bias is a finite number"):
        Miscalibration("billing", None, float("nan"))


def test_sound_changes_are_taken() -> None:
    both = (PlantedChange(**SOUND), PlantedChange(**MIX | {"name": "y"}))
    assert World(changes=both).changes == both

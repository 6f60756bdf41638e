"""Costs of the configuration: what a wrong answer, a handoff, a repeat contact and a complaint cost (M10, M16)."""

from typing import Literal

from pydantic import Field, model_validator

from pipelines.config.presentation import Section, SegmentKey

Mood = Literal["negative", "not_negative", "unknown"]


class EscalationCosts(Section):
    """`[[costs.escalation]]`: costs of one workflow, one mood, or one of both; the first entry that fits goes."""

    workflow: SegmentKey | None = Field(None, min_length=1, description="Workflow; absent: any.")
    mood: Mood | None = Field(None, description="Mood in which the customer opened; absent: any.")
    wrong_answer: float = Field(ge=0, allow_inf_nan=False, description="As in [costs].")
    handoff: float = Field(ge=0, allow_inf_nan=False, description="As in [costs].")
    human_wrong_share: float = Field(0.0, ge=0, le=1, description="As in [costs]; absent: that of [costs].")


class Costs(Section):
    """`[costs]`: money of the project's currency. What is not given is not counted in money (M10, M16)."""

    wrong_answer: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="A wrong answer of the AI reached the customer (M10)."
    )
    handoff: float | None = Field(None, ge=0, allow_inf_nan=False, description="A human took over (M10).")
    human_wrong_share: float = Field(0.0, ge=0, le=1, description="Share that a human gets wrong too (M10).")
    repeat_contact: float | None = Field(None, ge=0, allow_inf_nan=False, description="One more contact (M16).")
    complaint: float | None = Field(None, ge=0, allow_inf_nan=False, description="One more complaint (M16).")
    escalation: tuple[EscalationCosts, ...] = Field((), description="Costs that differ by workflow or mood.")

    @model_validator(mode="after")
    def _both_or_neither(self) -> "Costs":
        if (self.wrong_answer is None) != (self.handoff is None):
            raise ValueError("wrong_answer and handoff go together; give both or neither")
        return self

    def prices(self) -> dict[str, float]:
        """What one more ``repeat`` contact and ``complaint`` cost; those that are set."""
        prices = {"repeat": self.repeat_contact, "complaint": self.complaint}
        return {name: price for name, price in prices.items() if price is not None}

    def of(self, workflow: str | None, mood: str) -> EscalationCosts | None:
        """Costs of a claim in ``workflow`` by a customer in ``mood``; None where none are configured."""
        for entry in self.escalation:
            if entry.workflow in {None, workflow} and entry.mood in {None, mood}:
                if "human_wrong_share" in entry.model_fields_set:
                    return entry
                return entry.model_copy(update={"human_wrong_share": self.human_wrong_share})
        if self.wrong_answer is None or self.handoff is None:
            return None
        return EscalationCosts(
            workflow=None,
            mood=None,
            wrong_answer=self.wrong_answer,
            handoff=self.handoff,
            human_wrong_share=self.human_wrong_share,
        )

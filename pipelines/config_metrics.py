"""The sections of the configuration that set parameters of single metrics: sentiment, costs, divergence, promises, review."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.contract.canonical import CRM_EVENT_TYPES


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentiment(_Section):
    """`[sentiment]`: the model that scores customers' words (M7)."""

    model: str = Field(
        "",
        description="Empty: the embedded English model. Else a folder (relative to this file) or a model hub's name.",
    )
    languages: tuple[str, ...] = Field(
        (), description="ISO 639-1 codes that the model knows, where its folder does not say."
    )

    @field_validator("languages")
    @classmethod
    def _codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if not re.fullmatch("[a-z]{2}", code):
                raise ValueError(f"{code!r} is not an ISO 639-1 code; write 'en', 'es', …")
        return value


Mood = Literal["negative", "not_negative", "unknown"]


class EscalationCosts(_Section):
    """`[[costs.escalation]]`: costs of one workflow, one mood, or one of both; the first entry that fits goes."""

    workflow: str | None = Field(None, min_length=1, description="Workflow; absent: any.")
    mood: Mood | None = Field(None, description="Mood in which the customer opened; absent: any.")
    wrong_answer: float = Field(ge=0, allow_inf_nan=False, description="As in [costs].")
    handoff: float = Field(ge=0, allow_inf_nan=False, description="As in [costs].")
    human_wrong_share: float = Field(0.0, ge=0, le=1, description="As in [costs]; absent: that of [costs].")


class Costs(_Section):
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


class Divergence(_Section):
    """`[divergence]`: which days are compared, and which changes are worth a verdict (M16)."""

    period_days: int = Field(28, ge=1, le=366, description="Latest days whose windows have all closed.")
    baseline_days: int = Field(84, ge=1, le=3660, description="Days before them.")
    false_discovery_rate: float = Field(0.05, gt=0, lt=1, description="Largest expected share of false verdicts.")
    min_handle_time: float = Field(0.03, ge=0, le=10, description="Change of handle time, as a share of the baseline.")
    min_rate: float = Field(0.02, ge=0, le=1, description="Change of a rate (0.02: two points).")
    min_complaints: float = Field(1.0, ge=0, le=1000, description="Change of complaints per 1,000 contacts.")
    min_sentiment: float = Field(0.05, ge=0, le=2, description="Change of sentiment, from -1 to 1.")


class Promises(_Section):
    """`[promises]`: when a promise is kept, and by what (M12)."""

    patterns: str = Field("", description="Folder with pattern files of further languages, relative to this file.")
    due_days: int = Field(14, ge=0, le=3650, description="Days until a promise without a date falls due.")
    done_days: int = Field(3, ge=0, le=3650, description="The same where it was said to be done already.")
    grace_days: float = Field(1.0, ge=0, le=365, description="Days after the due date that still count as on time.")
    late_days: float = Field(
        30.0, ge=0, le=3650, description="Days after the due date in which an event may keep it late."
    )
    amount_tolerance: float = Field(
        0.02, ge=0, lt=1, description="Largest difference of amounts, as a share of the promise."
    )
    events: dict[str, str] = Field(
        {
            "credit": "credit_issued",
            "refund": "refund_issued",
            "callback": "callback_completed",
            "replacement": "replacement_sent",
            "plan_change": "plan_changed",
        },
        description="Kind of promise and the CRM event that keeps it; other kinds only by commitment_id.",
    )

    @field_validator("events")
    @classmethod
    def _known_events(cls, value: dict[str, str]) -> dict[str, str]:
        for kind, event in value.items():
            if event not in CRM_EVENT_TYPES:
                raise ValueError(f"{kind} = {event!r} is no CRM event; write one of {', '.join(CRM_EVENT_TYPES)}")
        return {kind.strip().lower(): event for kind, event in value.items()}


class Review(_Section):
    """`[review]`: the random sample of the AI's claims that is drawn for review every night."""

    claims_per_day: int = Field(50, ge=0, le=100_000, description="Claims drawn of each day.")
    seed: str = Field("aftercall", min_length=1, description="Another seed draws another sample.")

"""Where reported figures mislead: the headlines of the published statistics, as typed results.

Belongs here: choosing rows of the tables of statistics, and handing their values to the templates of ``wording``.
Does not belong here: estimating anything, drawing, pages. Every table speaks of all contacts up to the snapshot's as_of;
the early read alone knows weeks, and it and calibration follow the filters.
"""

from dataclasses import dataclass

from dashboards.findings.calibration import CalibrationFindings, calibration
from dashboards.findings.csat import RatingScale, rating_scale
from dashboards.findings.divergence import DivergenceFindings, Segment, divergence_of
from dashboards.findings.early_read import EarlyRead, early_read
from dashboards.findings.escalation import Escalation, escalation
from dashboards.findings.small_segments import standing_out
from dashboards.findings.validity import Validity, validity
from dashboards.snapshot.frames import Frames
from dashboards.wording.weeks import Week

__all__ = [
    "CalibrationFindings",
    "DivergenceFindings",
    "EarlyRead",
    "Escalation",
    "Findings",
    "Segment",
    "Validity",
    "find",
]


@dataclass(frozen=True)
class Findings:
    """``small_segments`` is a sentence, empty where nothing was published; ``rating_scale`` is None then."""

    currency: str
    divergence: DivergenceFindings
    calibration: CalibrationFindings
    early_read: EarlyRead
    escalation: Escalation
    validity: Validity
    small_segments: str
    rating_scale: RatingScale | None

    @property
    def by_group(self) -> bool:
        """Whether groups were compared in calibration: not within a mode."""
        return any(source.is_compared for source in self.calibration.sources)


def find(frames: Frames, up_to: Week, seen: DivergenceFindings | None = None) -> Findings:
    """The findings of ``frames``; ``up_to``: the last week of the early read; ``seen``: the divergence, where it is known already.

    That and calibration are of the group that the frames' filters name, where the statistics know it.
    """
    tables, group = frames.analyses, frames.filters.group
    currency = frames.manifest.presentation.currency
    return Findings(
        currency=currency,
        divergence=divergence_of(frames) if seen is None else seen,
        calibration=calibration(
            tables.calibration_summary, tables.calibration_curve, tables.confidence_histogram, group
        ),
        early_read=early_read(tables.repeat_survival, up_to, group, frames.min_n),
        escalation=escalation(tables.escalation_policy, currency),
        validity=validity(tables.proxy_validity),
        small_segments=standing_out(tables.small_segments),
        rating_scale=rating_scale(tables.client_terms, tables.client_terms_curve),
    )

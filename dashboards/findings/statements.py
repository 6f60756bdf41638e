"""Findings as statements that report and application show alike: what is found, and the segments and policies behind it."""

from dataclasses import dataclass

from dashboards.findings import Findings
from dashboards.findings.calibration import CalibrationFindings
from dashboards.findings.divergence import DivergenceFindings, Segment, basis
from dashboards.findings.escalation import Escalation, Policy
from dashboards.findings.validity import Validity
from dashboards.wording.calibration import SOURCES_DIFFER
from dashboards.wording.divergence import unlisted


@dataclass(frozen=True)
class CaseLine:
    """One case; ``label`` says its kind in a word, ``basis`` what it rests on. Both may be empty."""

    text: str
    label: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Statement:
    metric: str
    title: str
    sentence: str
    lines: tuple[CaseLine, ...] = ()


def divergence_statement(found: Findings) -> Statement:
    """The diverging segments with the strongest evidence, and the best undervalued one."""
    seen = found.divergence
    lines = [_segment(each, "diverging") for each in seen.shown]
    lines += [_segment(seen.hidden, "undervalued")] if seen.hidden else []
    sentence = " ".join(filter(None, (seen.headline, seen.detail, _unlisted(seen))))
    return Statement("M16", "Diverging segments", sentence, tuple(lines))


def _unlisted(seen: DivergenceFindings) -> str:
    """Where the diverging segments are that are not listed."""
    explained = seen.diverging - len(seen.shown) - seen.more
    return unlisted(listed=len(seen.shown), more=seen.more, explained=explained)


def other_statements(found: Findings) -> tuple[Statement, ...]:
    """Confidence by group, escalation, the worth of a claim and small segments; without the first and last where unknown."""
    validity, escalation = found.validity, found.escalation
    return (
        *((group_statement(found.calibration),) if found.by_group else ()),
        escalation_statement(escalation),
        validity_statement(validity),
        *((Statement("M18", "Agents and queues", found.small_segments),) if found.small_segments else ()),
    )


def escalation_statement(found: Escalation) -> Statement:
    """What the policies in force cost above the best thresholds (M10)."""
    lines = tuple(_policy(each) for each in found.policies)
    return Statement("M10", "Handoffs to a human", found.sentence, lines)


def validity_statement(found: Validity) -> Statement:
    """What a claim of resolution is worth (M17)."""
    lines = tuple(CaseLine(line.sentence) for line in found.lines[1:])
    return Statement("M17", "What a claim of resolution is worth", found.sentence, lines)


def notes(found: Findings) -> tuple[str, ...]:
    """What must be known beside the figures: why one is missing, and why two label sources need not agree."""
    calibration, read = found.calibration, found.early_read
    said = [calibration.sentence] if calibration.sentence else []
    said += [
        f"Stated confidence, {source.name}: {source.sentence}" for source in calibration.sources if not source.curve
    ]
    said += [SOURCES_DIFFER] if len(calibration.sources) > 1 else []
    said += [] if read.weeks else [read.sentence]
    return tuple(said)


def clause(found: Findings) -> str:
    """One clause for the headline: the segment that weighs most."""
    entries = found.divergence.entries
    return entries[0].segment.sentence if entries else ""


def scope() -> str:
    """What period the section speaks of."""
    return "These statistics cover months rather than a week, up to the snapshot."


def group_statement(found: CalibrationFindings) -> Statement:
    """The groups whose stated confidence is furthest off, and that drift most (M9)."""
    lines = [
        CaseLine(said, kind, source.name)
        for source in found.sources
        for kind, said in (("bias", source.furthest), ("drift", source.drift))
        if said
    ]
    sentence = (
        "Largest bias, and largest drift from one month to the next (false-alarm rate at most 5%):"
        if lines
        else "No group has a statistically significant bias, or drift from one month to the next."
    )
    return Statement("M9", "Stated confidence by group", sentence, tuple(lines))


def _segment(segment: Segment, label: str) -> CaseLine:
    return CaseLine(segment.sentence, label, basis(segment))


def _policy(policy: Policy) -> CaseLine:
    return CaseLine(policy.sentence, "", f"{policy.basis} {policy.stops}".strip())

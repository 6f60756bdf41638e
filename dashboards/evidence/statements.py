"""Findings as statements that report and application show alike: what is found, and the cases that bear it out."""

from dataclasses import dataclass

from dashboards import wording
from dashboards.evidence import Findings
from dashboards.evidence.divergence import Segment, basis
from dashboards.evidence.escalation import Policy


@dataclass(frozen=True)
class Line:
    """One case; ``label`` says its kind in a word, ``basis`` what it rests on. Both may be empty."""

    text: str
    label: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Statement:
    metric: str
    title: str
    sentence: str
    lines: tuple[Line, ...] = ()


def divergence_statement(found: Findings) -> Statement:
    """The diverging segments that weigh most, and the best undervalued one."""
    seen = found.divergence
    more = f" {wording.count(seen.more)} more that stand for themselves are not listed." if seen.more else ""
    lines = [_segment(each, "diverges", found.currency) for each in seen.shown]
    lines += [_segment(seen.hidden, "undervalued", found.currency)] if seen.hidden else []
    return Statement("M16", "Segments in which figures and outcomes part", f"{seen.sentence}{more}", tuple(lines))


def other_statements(found: Findings) -> tuple[Statement, ...]:
    """Confidence by group, escalation, the worth of a claim and small segments; without the first and last where unknown."""
    validity, escalation = found.validity, found.escalation
    return (
        *((_by_group(found),) if found.by_group else ()),
        Statement(
            "M10",
            "Handing over to a human",
            escalation.sentence,
            tuple(_policy(each) for each in escalation.policies),
        ),
        Statement(
            "M17",
            "What a claim of resolution is worth",
            validity.sentence,
            tuple(Line(line.sentence) for line in validity.lines[1:]),
        ),
        *((Statement("M18", "Agents and queues", found.small_segments),) if found.small_segments else ()),
    )


def undrawn(found: Findings) -> tuple[str, ...]:
    """Why a figure is missing: label sources without a curve, and an early read without a week."""
    calibration, read = found.calibration, found.early_read
    said = [calibration.sentence] if calibration.sentence else []
    said += [
        f"Stated confidence, {source.name}: {source.sentence}" for source in calibration.sources if not source.curve
    ]
    said += [] if read.weeks else [read.sentence]
    return tuple(said)


def clause(found: Findings, mode: str | None, *, cut: bool) -> str:
    """One clause for the headline: the segment that weighs most; of a cut by mode only where it is of that mode."""
    seen = found.divergence
    segments = [each for each in seen.shown if not cut or ("mode", mode) in each.group.parts]
    if not segments:
        return ""
    name = segments[0].group.words
    said = f"{name[:1].upper()}{name[1:]} diverges: its usual figures improved while its outcomes worsened"
    others = len(seen.shown) + seen.more - 1
    if others == 0 or cut:
        return f"{said}."
    return f"{said}; so {'does 1 other segment' if others == 1 else f'do {others} others'}."


def scope(mode: str | None) -> str:
    """What period the section speaks of, and what a cut by mode does not cut."""
    text = "Statistics over months rather than a week, as of the snapshot."
    if mode is None:
        return text
    return (
        f"{text} Calibration and the early read are of {mode} alone; segments, handovers, claims, agents and queues "
        "stay for all modes."
    )


def _by_group(found: Findings) -> Statement:
    lines = [
        Line(said, "", f"{kind}, {source.name}")
        for source in found.calibration.sources
        for kind, said in (("furthest off", source.furthest), ("drift", source.drift))
        if said
    ]
    if not lines:
        said = "No group's bias, and no drift of it from month to month, can be told from chance."
    else:
        said = "Groups in which bias, or its drift from month to month, can be told from chance (q at most .05):"
    return Statement("M9", "Where stated confidence is furthest off", said, tuple(lines))


def _segment(segment: Segment, label: str, currency: str) -> Line:
    return Line(segment.sentence, label, basis(segment, currency))


def _policy(policy: Policy) -> Line:
    return Line(policy.sentence, "", f"{policy.basis}. {policy.stops}".rstrip(". ") + ".")

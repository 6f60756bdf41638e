"""Findings as statements that report and application show alike: what is found, and the cases that bear it out."""

from dataclasses import dataclass

from dashboards import wording
from dashboards.findings import Findings
from dashboards.findings.divergence import DivergenceFindings, Segment, basis
from dashboards.findings.escalation import Policy
from dashboards.snapshot.groups import Group

SOURCES_DIFFER = (
    "Whether the AI is right is judged twice: reviewers judge the answer itself; judged by outcomes, a wrong answer counts "
    "as right when the customer neither comes back, nor complains, nor has the case reopened."
)


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
    lines = [_segment(each, "diverges") for each in seen.shown]
    lines += [_segment(seen.hidden, "undervalued")] if seen.hidden else []
    sentence = " ".join(filter(None, (seen.sentence, _unlisted(seen))))
    return Statement("M16", "Segments in which figures and outcomes part", sentence, tuple(lines))


def _unlisted(seen: DivergenceFindings) -> str:
    """Where the diverging segments are that are not listed."""
    explained = seen.diverging - len(seen.shown) - seen.more
    said = [f"{wording.count(seen.more)} more {'stands for itself' if seen.more == 1 else 'stand for themselves'}"]
    said = said if seen.more else []
    said += (
        [
            f"{wording.count(explained)} {'is' if explained == 1 else 'are'} explained by another or the same contacts again"
        ]
        if explained
        else []
    )
    listed = f"The {len(seen.shown)} with the strongest evidence are" if len(seen.shown) > 1 else "One is"
    return f"{listed} listed; {' and '.join(said)}." if said else ""


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
            tuple(CaseLine(line.sentence) for line in validity.lines[1:]),
        ),
        *((Statement("M18", "Agents and queues", found.small_segments),) if found.small_segments else ()),
    )


def notes(found: Findings) -> tuple[str, ...]:
    """What the figures need said: why one is missing, and why two label sources need not agree."""
    calibration, read = found.calibration, found.early_read
    said = [calibration.sentence] if calibration.sentence else []
    said += [
        f"Stated confidence, {source.name}: {source.sentence}" for source in calibration.sources if not source.curve
    ]
    said += [SOURCES_DIFFER] if len(calibration.sources) > 1 else []
    said += [] if read.weeks else [read.sentence]
    return tuple(said)


def clause(found: Findings, group: Group | None = None, *, cut: bool = False) -> str:
    """One clause for the headline: the segment that weighs most; of a ``cut`` only one that lies within ``group``."""
    seen = found.divergence
    within = set(group.parts) if cut and group is not None else set()
    segments = (each for entry in seen.entries for each in entry.names)
    first = next((each for each in segments if within <= set(each.group.parts)), None)
    if first is None:
        return ""
    name = first.group.words
    said = f"{name[:1].upper()}{name[1:]} diverges: its usual figures improved while its outcomes worsened"
    others = len(seen.entries) - 1
    if others == 0 or cut:
        return f"{said}."
    return f"{said}; so {'does 1 other segment' if others == 1 else f'do {others} others'}, perhaps with some of the same contacts."


def scope(cut: str | None, *, parts: int = 1) -> str:
    """What period the section speaks of, and what a cut does not cut. ``parts``: filters that the cut consists of."""
    text = "Statistics over months rather than a week, as of the snapshot."
    if cut is None:
        return text
    several = " (they are made for one filter at a time, and a few pairs)" if parts > 1 else ""
    return (
        f"{text} Calibration and the early read are of {cut} alone{several}; segments, handovers, claims, agents and "
        "queues stay for all contacts."
    )


def _by_group(found: Findings) -> Statement:
    lines = [
        CaseLine(said, kind, source.name)
        for source in found.calibration.sources
        for kind, said in (("furthest off", source.furthest), ("drift", source.drift))
        if said
    ]
    if not lines:
        said = "No group's bias, and no drift of it from month to month, can be told from chance."
    else:
        said = "The largest bias and the largest drift between months, each beyond chance (q at most .05):"
    return Statement("M9", "Where stated confidence is furthest off", said, tuple(lines))


def _segment(segment: Segment, label: str) -> CaseLine:
    return CaseLine(segment.sentence, label, basis(segment))


def _policy(policy: Policy) -> CaseLine:
    return CaseLine(policy.sentence, "", f"{policy.basis}. {policy.stops}".rstrip(". ") + ".")

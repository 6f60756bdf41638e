"""The three findings that matter: of the one folded list of segments first, then what else is significant."""

from dataclasses import dataclass

from dashboards.components.links import SEGMENTS, cases_link, segment_link, segment_text
from dashboards.components.view import View
from dashboards.findings import Findings
from dashboards.findings.divergence import Segment, basis
from dashboards.wording import plural

SHOWN = 3


@dataclass(frozen=True)
class Finding:
    """``label``: its kind in a word; ``basis``: what it rests on; ``details``, ``cases``: addresses, where there are any."""

    label: str
    sentence: str
    basis: str
    details: str | None
    cases: str | None


@dataclass(frozen=True)
class WhatMatters:
    """``more``: diverging segments beyond those shown, in words; empty for none."""

    findings: tuple[Finding, ...]
    more: str


def what_matters(view: View, found: Findings) -> WhatMatters:
    """Of the segments in which contacts of the view can be, and of costs and confidence of all contacts without filters."""
    names = [[each for each in entry.names if view.filters.may_hold(each.group)] for entry in view.divergence.entries]
    segments = [each[0] for each in names if each]
    findings = [_of_segment(view, each) for each in segments[:SHOWN]]
    if not view.filters:
        findings += _others(view, found)
    left = len(segments) - SHOWN
    return WhatMatters(tuple(findings[:SHOWN]), plural(left, "more segment") if left > 0 else "")


def _of_segment(view: View, each: Segment) -> Finding:
    text = segment_text(each.group)
    details = segment_link(view, each.group) if SEGMENTS in view.paths else None
    return Finding("diverging", each.sentence, basis(each), details, cases_link(view, segment=text))


def _others(view: View, found: Findings) -> list[Finding]:
    """What a policy costs above the best threshold, and groups that are overconfident: only what is significant."""
    costs = [
        Finding("cost", each.sentence, each.basis, view.at("/handoffs"), None) for each in found.escalation.policies
    ]
    confidence = [
        Finding("confidence", each.furthest, each.name, view.at("/calibration"), None)
        for each in found.calibration.sources
        if each.furthest
    ]
    return [*costs[:1], *confidence[:1]]

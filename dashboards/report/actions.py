"""What to do, and who: at most a handful of actions, each from a finding of the report."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.findings import Findings
from dashboards.report.diverging_segments import DivergingSegment, owner_of
from dashboards.report.handoffs_and_promises import ReportedPromises
from dashboards.results.published_rates import Share
from dashboards.snapshot.groups import ALL, Group
from dashboards.wording import report as sentences
from pipelines.snapshot import PresentedOwner

_MOST = 5


@dataclass(frozen=True)
class Action:
    """``what`` in a sentence or two, ``who`` is to do it (empty where nobody is configured), ``address`` where it begins, may be empty."""

    what: str
    who: str
    address: str = ""


def actions(
    segments: Sequence[DivergingSegment],
    promises: ReportedPromises,
    found: Findings,
    owners: Sequence[PresentedOwner],
    part: Group = ALL,
) -> tuple[Action, ...]:
    """What follows from the findings, the strongest evidence first.

    A segment that may be another one seen from afar asks for nothing of its own beyond what is known of it alone.
    """
    listed: list[Action] = []
    for each in segments:
        listed += _of_segment(each)
    told = {each.policy for each in segments if each.policy}
    if part == ALL and not told:
        listed += [
            Action(
                sentences.change_threshold(policy.sentence),
                owner_of(Group((("workflow", policy.workflow),)) if policy.workflow else ALL, owners),
            )
            for policy in found.escalation.policies[:1]
        ]
    listed += _of_promises(promises, owner_of(ALL, owners))
    return tuple(listed[:_MOST])


def _of_segment(each: DivergingSegment) -> list[Action]:
    name = _within_sentence(each.name)
    said = [sentences.change_threshold(each.policy, name)] if each.policy else []
    said += [sentences.start_with(each.cause)] if each.cause else []
    if not each.overlap:
        said += [sentences.do_not_trust(each.confidence)] if each.confidence else []
        said.append(sentences.read_cases(name, each.customers))
    return [Action(what, each.owner, each.address) for what in said]


def _of_promises(promises: ReportedPromises, owner: str) -> list[Action]:
    """Where the AI's promises are broken significantly more often than those of agents."""
    broken = {each.maker: each.broken for each in promises.makers}
    ai, agents = (broken.get(maker) for maker in ("by the AI", "by agents"))
    if ai is None or agents is None or not _is_above(ai, agents) or ai.value is None or agents.value is None:
        return []
    return [Action(sentences.promise_less(ai.value, agents.value), owner)]


def _is_above(one: Share, other: Share) -> bool:
    """Whether the intervals do not touch, which is stricter than a test at 5%."""
    return one.lower is not None and other.upper is not None and one.lower > other.upper


def _within_sentence(name: str) -> str:
    """A name as within a sentence: ``AI-led …`` keeps its capitals."""
    return name if name[:2].isupper() else f"{name[:1].lower()}{name[1:]}"

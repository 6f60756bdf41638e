"""How slices are shared among customers, and the intra-customer correlation of each rate: from the definitions, pair by pair.

Belongs here: ``slice_clusters`` and ``design_effects`` as loops over the contacts of the oracle. Nothing of ``pipelines``.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .brute_force import DIMENSIONS, NEGATIVE, WINDOWS_DAYS, Cells, Reference

CUTS = tuple(name for name in DIMENSIONS if name not in ("channel", "product"))
Slice = tuple[date, str, str | None, str]


def rates_of(cells: Cells) -> dict[str, int]:
    """What one contact is in each rate in whose denominator it counts: 1 for a yes, 0 for a no."""
    found: dict[str, bool | int | None] = {}
    for window in WINDOWS_DAYS:
        for scope in ("any", "issue"):
            found[f"repeat_{scope}_{window}d"] = cells[f"repeat_{scope}_{window}d"]
    claimed, outcome, contained = cells["resolved_claimed"], cells["resolved_outcome"], cells["contained"]
    found |= {"claimed_so_far": claimed, "containment": contained}
    if claimed is not None and outcome is not None:
        found |= {"fcr_claimed": claimed, "fcr_outcome": outcome, "fcr_gap": int(claimed) - int(outcome)}
        if claimed:
            found["false_resolution"] = not outcome
    if contained and outcome is not None:
        found["contained_outcome"] = outcome
    found |= {"survey_response": cells["has_survey"] is True, "scored": cells["transcript_scoring"] == "scored"}
    if cells["sentiment_source"] is not None:
        found[f"negative_{cells['sentiment_source']}"] = cells["post_call_sentiment"] <= NEGATIVE
    return {name: int(value) for name, value in found.items() if value is not None}


def shared(reference: Reference, zone: ZoneInfo) -> dict[Slice, dict[str, list[int]]]:
    """Week, dimension, segment and metric → customer → what each of that customer's contacts is."""
    slices: dict[Slice, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for key, cells in reference.contact_outcomes.items():
        contact = reference.contacts[key]
        day = contact.started_at.astimezone(zone).date()
        monday = day - timedelta(days=day.weekday())
        segments = dict(zip(DIMENSIONS, contact.dimensions, strict=True))
        for metric, value in rates_of(cells).items():
            for dimension, segment in (("all", None), *((name, segments[name]) for name in CUTS)):
                slices[monday, dimension, segment, metric][str(contact.customer)].append(value)
    return slices


def slice_clusters(slices: Mapping[Slice, Mapping[str, list[int]]]) -> dict[tuple[Any, ...], Cells]:
    """Counts and sums of each slice."""
    return {
        key: {
            "n": sum(len(own) for own in customers.values()),
            "customers": len(customers),
            "sum_squares": sum(len(own) ** 2 for own in customers.values()),
            "largest": max(len(own) for own in customers.values()),
            "successes": float(sum(sum(own) for own in customers.values())),
            "success_squares": float(sum(value * value for own in customers.values() for value in own)),
            "sum_cubes": float(sum(len(own) ** 3 for own in customers.values())),
            "sum_products": float(sum(len(own) * sum(own) for own in customers.values())),
            "sum_success_squares": float(sum(sum(own) ** 2 for own in customers.values())),
        }
        for key, customers in slices.items()
    }


def design_effects(slices: Mapping[Slice, Mapping[str, list[int]]]) -> dict[tuple[str, str], Cells]:
    """ρ of each metric and dimension: products over the pairs of contacts of one customer within a slice."""
    found: dict[tuple[str, str], Cells] = {}
    for metric, dimension in sorted({(metric, dimension) for _, dimension, _, metric in slices}):
        n = clusters = squares = 0
        numerator = denominator = 0.0
        for (_, of, segment, name), customers in slices.items():
            if (name, of) != (metric, dimension) or (of != "all" and segment is None):
                continue
            values = [value for own in customers.values() for value in own]
            size = len(values)
            n, clusters = n + size, clusters + len(customers)
            squares += sum(len(own) ** 2 for own in customers.values())
            if len(customers) == size:
                continue
            p = sum(values) / size
            s2 = sum((value - p) ** 2 for value in values) / (size - 1)
            k = sum(len(own) ** 2 for own in customers.values()) / size
            pairs, most = (k - 1) * s2, s2 * ((k - 1) * (k + 1) - (k - 1) ** 2 / (size - 1))
            for own in customers.values():
                for i, first in enumerate(own):
                    for j, second in enumerate(own):
                        pairs += (first - p) * (second - p) * (i != j)
                # What a customer's pairs would add at ρ = 1, p being of the same contacts.
                most += s2 * len(own) * (len(own) - 1) * (1 - 2 * len(own) / size)
            numerator, denominator = numerator + pairs / k, denominator + most / k
        if not n:
            continue
        rho = min(1.0, max(0.0, numerator / denominator)) if denominator > 1e-6 else 0.0
        found[metric, dimension] = {
            "n": n,
            "clusters": clusters,
            "mean_cluster": squares / n,
            "correlation": rho,
            "deff": 1 + rho * (squares / n - 1),
        }
    return found

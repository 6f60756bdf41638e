"""What a finding costs, split into what is certain and what may be chance (M16).

Certain is a change whose 95% confidence interval leaves out 0. Its money is the number of contacts (change × contacts of the
period) times the configured price; the bounds are those of the change. Parts are never summed: the published sum adds the
bounds, which lets a rare and dear complaint hide the repeat contacts that are sure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.wording import divergence as of_divergence
from dashboards.wording import report as sentences

#: Measures with a price → its name in the configuration; the one that most contacts tell first.
_MEASURES = {"repeat": "repeat_contact", "complaint": "complaint"}


@dataclass(frozen=True)
class CostPart:
    """``number`` more contacts (below 0: fewer) of ``measure`` than at the baseline's rate, with its bounds; ``price`` of one, None without."""

    measure: str
    number: float
    lower: float
    upper: float
    contacts: int
    price: float | None

    @property
    def is_certain(self) -> bool:
        return self.lower > 0 or self.upper < 0


@dataclass(frozen=True)
class Cost:
    """``parts`` by measure; ``whole`` is the published sum in a sentence, of a snapshot that names no costs, else empty."""

    parts: tuple[CostPart, ...]
    currency: str
    whole: str = ""

    @property
    def certain(self) -> str:
        """``51 more repeat contacts × USD 7 = USD 357 (95% confidence interval …).``; empty where nothing is certain."""
        return _listed([self._sure(part) for part in self.parts if part.is_certain])

    @property
    def uncertain(self) -> str:
        """The money that may be chance, with its interval and why; empty for none."""
        return _listed(
            [
                sentences.uncertain_cost(
                    part.measure,
                    part.number,
                    lower=part.lower,
                    upper=part.upper,
                    low=part.lower * part.price,
                    high=part.upper * part.price,
                    contacts=part.contacts,
                    currency=self.currency,
                )
                for part in self.parts
                if not part.is_certain and part.price
            ]
        )

    def _sure(self, part: CostPart) -> str:
        if not part.price:
            return sentences.unpriced(part.measure, part.number, part.lower, part.upper)
        return sentences.certain_cost(
            part.measure,
            part.number,
            part.price,
            # Of whole contacts, as the sentence counts them, so that it adds up.
            amount=round(part.number) * part.price,
            lower=round(part.lower) * part.price,
            upper=round(part.upper) * part.price,
            currency=self.currency,
        )


def cost_of(row: Mapping[str, Any], costs: Mapping[str, float], currency: str) -> Cost:
    """The cost of a row of segment_divergence at ``costs``, as the manifest presents them."""
    parts = tuple(
        part for measure, cost in _MEASURES.items() if (part := _part(row, measure, costs.get(cost))) is not None
    )
    whole = ""
    if not costs and row["money"] is not None:
        bounds = (row["money_lower"], row["money_upper"])
        whole = of_divergence.money_sentence(row["money_counts"], row["money"], *bounds, currency)
    return Cost(parts, currency, whole)


def _part(row: Mapping[str, Any], measure: str, price: float | None) -> CostPart | None:
    contacts = row[f"{measure}_n_period"]
    change, lower, upper = (row[f"{measure}_{end}"] for end in ("change", "lower", "upper"))
    if not contacts or change is None or lower is None or upper is None:
        return None
    return CostPart(measure, change * contacts, lower * contacts, upper * contacts, contacts, price)


def _listed(said: list[str]) -> str:
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""

"""The design effect of a slice (a week, a segment, both): from its own customers and the correlation of its metric.

A rate of a slice is read as an estimate of the rate that its customers' contacts are expected to have: the customers and
how often each of them called are given, what each of them is like is drawn. Contacts of one customer share the
correlation ρ, which is estimated over all slices of a kind (``sql/marts/design_effects.sql``); how much that widens the
interval of one slice depends on how its own contacts are shared among customers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.special import ndtri

from pipelines.statistics.clusters import clustered_rate, student_quantile

#: A rate below it (or above one less it) is of rare events; fewer effective customers are few; with more contacts for the
#: customer of an average contact they are heavy. Then ρ, of rare events badly told, decides alone.
RARE, FEW, HEAVY = 0.05, 30.0, 10.0


@dataclass(frozen=True)
class OwnSums:
    """Sums over the customers of a slice that its own clustered interval takes, with n_c contacts and x_c successes each.

    ``products``: Σ x_c n_c, ``success_squares``: Σ x_c².
    """

    customers: int
    successes: float
    products: float
    success_squares: float


def interval_deff(
    correlation: float, n: float, squares: float, own: OwnSums | None = None, level: float = 0.95
) -> float:
    """The design effect with which every interval of a rate of a slice is read: Wilson's, on n / deff.

    ``slice_deff`` of ρ with Student's t in it; of rare events of few heavy customers the greater of it and that of the
    slice's own ``clustered_rate``: both intervals are Wilson's around the same rate, so the greater is their union. In
    simulations (docs/statistics.md) the first alone covered .89 there. Errors as those of ``slice_deff``.
    """
    deff = with_student(slice_deff(correlation, n, squares), n, level)
    if own is None or n <= 0 or squares <= HEAVY * n or n * n >= FEW * squares:
        return deff
    p = own.successes / n
    if min(p, 1 - p) >= RARE:
        return deff
    spread = max(0.0, own.success_squares - 2 * p * own.products + p * p * squares)
    clustered = clustered_rate(own.successes, n, spread=spread, clusters=own.customers, squares=squares, level=level)
    return max(deff, clustered.deff)


def slice_deff(correlation: float, n: float, squares: float) -> float:
    """1 + ρ (k − 1) with k = ``squares`` / ``n``: n / deff contacts that are independent tell as much as these n.

    ``squares``: Σ n_c² over the customers of the slice; k is the number of contacts that the customer of an average
    contact makes. L. Kish, Survey Sampling (1965), 5.4. 1 for no contacts.

    Raises ValueError for a correlation outside 0 to 1, or sums that no contacts have.
    """
    if not 0 <= correlation <= 1:
        raise ValueError(f"an intra-customer correlation lies between 0 and 1, not {correlation}")
    if not 0 <= n <= squares <= n * n:
        raise ValueError(f"no customers have {n} contacts and a sum of squares of {squares}")
    return 1 + correlation * (squares / n - 1) if n else 1.0


def with_student(deff: float, n: float, level: float = 0.95) -> float:
    """``deff`` × (t / z)², at least 1: what Wilson's interval of ``n`` contacts takes so that its quantile is Student's t.

    t has n / ``deff`` − 1 degrees of freedom: n − 1 where every customer comes once; where all contacts of a customer go
    the same way, the effective number of customers n² / Σ n_c² less one. Wilson's interval depends on z² deff / n only
    (E. Korn, B. Graubard, Survey Methodology 24 (1998), 193–201). At most n: one customer is one observation.
    """
    z = float(ndtri((1 + level) / 2))
    return max(1.0, min(n, deff * (student_quantile(level, n / deff - 1) / z) ** 2))


def squares_at_most(n: float, within: Iterable[tuple[float, float]]) -> float:
    """The greatest Σ n_c² of ``n`` contacts that lie within larger slices, each given by its Σ n_c² and its largest customer.

    A customer has no more contacts in the part than in the whole, so Σ n_c² is at most that of each whole, and at most
    ``n`` times the contacts of its largest customer. With nothing given all may be of one customer: n².
    """
    most = n * n
    for squares, largest in within:
        most = min(most, squares, n * largest)
    return max(n, most)

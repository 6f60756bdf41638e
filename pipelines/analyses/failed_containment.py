"""Stuck with the AI (M19): contacts without a person that look contained, in which the customer did not get away."""

import polars as pl

from pipelines.analyses.groups import CUTS, table
from pipelines.analyses.rates import share_rows
from pipelines.contract.handoffs_and_promises import STUCK_SIGNS


def stuck_table(contacts: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Table ``stuck`` from the rows of ``input_contact_measures``; n counts AI-only contacts that could show the sign.

    ``hung_up``: the customer ended the contact, whatever was claimed; no sign by itself. ``observable``: of all AI-only contacts, those in which at least one of the signs could have been seen.
    """
    alone = contacts.filter("is_ai_only").with_columns(observable=pl.col("stuck").is_not_null())
    measures = {name: pl.col(name) for name in ("stuck", *STUCK_SIGNS, "hung_up", "observable")}
    cuts: list[tuple[str, ...]] = [(), *((cut,) for cut in CUTS)]
    return table("stuck", list(share_rows(alone, measures, cuts, cluster="customer", min_n=min_n, rows="contacts")))

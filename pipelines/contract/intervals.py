"""The published tables from which intervals of rates follow: how alike a customer's contacts are, and how a slice is shared."""

from pipelines.contract.published_model import PublishedTable, count, day, measure, share, text

#: Dimensions by which the dashboards filter. The other two would multiply the rows of kpi_weekly, and nobody filters by them.
WEEKLY_DIMENSIONS = ("mode", "queue", "workflow", "issue", "region", "language", "ai_model")
#: Rates whose contacts are counted by customer.
SLICE_METRICS = (
    *(f"repeat_{scope}_{days}d" for scope in ("any", "issue") for days in (1, 7, 30)),
    "claimed_so_far",
    "fcr_claimed",
    "fcr_outcome",
    "fcr_gap",
    "false_resolution",
    "containment",
    "contained_outcome",
    "survey_response",
    "scored",
    "negative_survey_csat",
    "negative_survey_verbatim",
    "negative_closing_turns",
)
_CUTS = ("all", *WEEKLY_DIMENSIONS)

_DESIGN_EFFECTS = PublishedTable(
    "design_effects",
    "Intra-customer correlation of each rate, within the weeks of all contacts and within those of the segments of a dimension.",
    ("metric", "dimension"),
    (
        text("metric", "rate", nullable=False, allowed=SLICE_METRICS),
        text("dimension", "segment dimension; 'all' for none", nullable=False, allowed=_CUTS),
        count("n", "contacts in the estimate"),
        count("clusters", "customers × slices in the estimate", unit="customers"),
        measure(
            "mean_cluster",
            "Σn_c² / n over all slices: contacts that the customer of an average contact makes in its slice",
            unit="contacts",
            minimum=1,
        ),
        share("correlation", "intra-customer correlation ρ: how alike two contacts of one customer in a slice are", ""),
        measure(
            "deff",
            "design effect of an average slice, 1 + ρ (mean_cluster − 1); that of a slice follows from its own Σn_c²",
            unit="ratio",
            minimum=1,
            nullable=False,
        ),
    ),
)

_SLICE_CLUSTERS = PublishedTable(
    "slice_clusters",
    "How the contacts of a slice (a week, or a week of one segment) are shared among customers, by rate; not additive.",
    ("week", "dimension", "segment", "metric"),
    (
        day("week", "Monday of the ISO week"),
        text("dimension", "segment dimension; 'all' for none", nullable=False, allowed=_CUTS),
        text("segment", "value of the dimension; null where contacts have none, and for 'all'", "M1"),
        text("metric", "rate", nullable=False, allowed=SLICE_METRICS),
        count("n", "contacts that count in the rate: its denominator"),
        count("customers", "their customers", unit="customers"),
        count("sum_squares", "Σn_c²: the contacts of each customer squared, summed", unit="contacts²"),
        count("largest", "contacts of the customer who has most"),
        measure(
            "successes",
            "Σx: those with a yes; of fcr_gap those claimed less those resolved by outcome",
            unit="contacts",
            nullable=False,
        ),
        measure(
            "success_squares",
            "Σx²: the same as successes; of fcr_gap the contacts where claim and outcome differ",
            unit="contacts",
            minimum=0,
            nullable=False,
        ),
        measure("sum_cubes", "Σn_c³", unit="contacts³", minimum=0, nullable=False),
        measure(
            "sum_products", "Σx_c n_c: successes times contacts of each customer", unit="contacts²", nullable=False
        ),
        measure(
            "sum_success_squares",
            "Σx_c²: successes of each customer squared",
            unit="contacts²",
            minimum=0,
            nullable=False,
        ),
    ),
    partition="week",
)

INTERVAL_TABLES: dict[str, PublishedTable] = {table.name: table for table in (_DESIGN_EFFECTS, _SLICE_CLUSTERS)}

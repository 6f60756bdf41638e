"""The statistics as assets: each reads rows of ``sql/analysis_inputs`` and keeps published tables of ``pipelines.analyses``.

The modules of statistics are imported by the steps that need them: a run without news never pays for them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
import polars as pl

from pipelines.contract import ANALYSIS_TABLES
from pipelines.defs.run import RunResource
from pipelines.run_context import RunContext, tell
from pipelines.warehouse.frames import read_table, replace_table

_RETRY = dg.RetryPolicy(max_retries=1, delay=2)
Results = Iterator[dg.MaterializeResult[None]]


def _specs(*tables: str, deps: tuple[str, ...]) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            table,
            group_name="metrics",
            deps=list(deps),
            kinds={"python", "duckdb"},
            description=ANALYSIS_TABLES[table].description,
        )
        for table in tables
    ]


def _kept(current: RunContext, frames: Mapping[str, pl.DataFrame]) -> Results:
    for table, frame in frames.items():
        rows = replace_table(current.connection, table, frame)
        current.steps.made(rows)
        schema = dg.TableSchema([dg.TableColumn(name, str(kind)) for name, kind in frame.schema.items()])
        yield dg.MaterializeResult(
            asset_key=table, metadata={"dagster/row_count": rows, "dagster/column_schema": schema}
        )


@dg.multi_asset(
    name="sentiment_in_client_terms",
    specs=_specs("client_terms", "client_terms_curve", deps=("int_rated_closings",)),
    retry_policy=_RETRY,
)
def sentiment_in_client_terms(run: RunResource) -> Results:
    """The layer from the text model's terms to the client's ratings (M7)."""
    from pipelines.analyses.client_terms import client_terms_tables  # noqa: PLC0415

    current = run.current
    tell("customer-rating scale")
    found = client_terms_tables(read_table(current.connection, "int_rated_closings", order="customer, ended_us"))
    yield from _kept(current, {"client_terms": found.terms, "client_terms_curve": found.curve})


@dg.multi_asset(
    name="early_read",
    specs=_specs("repeat_survival", deps=("input_followed_contacts",)),
    retry_policy=_RETRY,
)
def early_read(run: RunResource) -> Results:
    """Repeat contacts before their windows have closed (M4)."""
    from pipelines.analyses.early_read import repeat_survival  # noqa: PLC0415

    current = run.current
    tell("early read of repeat contacts")
    contacts = read_table(current.connection, "input_followed_contacts", order="customer, ended_us")
    yield from _kept(
        current, {"repeat_survival": repeat_survival(contacts, current.as_of, current.settings.metrics.min_n)}
    )


@dg.multi_asset(
    name="confidence_calibration",
    specs=_specs(
        "calibration_summary",
        "calibration_curve",
        "confidence_histogram",
        "recalibration",
        "recalibration_by_month",
        deps=("input_claims",),
    ),
    retry_policy=_RETRY,
)
def confidence_calibration(run: RunResource) -> Results:
    """Whether the AI is right as often as it says (M9)."""
    from pipelines.analyses.calibration import calibration_tables  # noqa: PLC0415
    from pipelines.analyses.recalibration import recalibration_tables  # noqa: PLC0415

    current = run.current
    tell("calibration of confidence")
    claims = read_table(current.connection, "input_claims", order="customer, started_at, stated_confidence")
    found = calibration_tables(claims, lambda share: tell("calibration of confidence", share))
    tell("recalibration")
    maps = recalibration_tables(claims)
    yield from _kept(
        current,
        {
            "calibration_summary": found.summary,
            "calibration_curve": found.curve,
            "confidence_histogram": found.histogram,
            "recalibration": maps.maps,
            "recalibration_by_month": maps.by_month,
        },
    )


@dg.multi_asset(
    name="escalation",
    specs=_specs("escalation_cost", "escalation_policy", deps=("input_claims", "input_handoffs")),
    retry_policy=_RETRY,
)
def escalation(run: RunResource) -> Results:
    """What the policy of handing over costs, and what another would (M10)."""
    from pipelines.analyses.escalation import escalation_tables  # noqa: PLC0415

    current = run.current
    tell("escalation policy")
    found = escalation_tables(
        read_table(current.connection, "input_claims", order="customer, started_at, stated_confidence"),
        read_table(current.connection, "input_handoffs", order="system, handoff_id"),
        current.settings.costs,
    )
    yield from _kept(current, {"escalation_cost": found.cost, "escalation_policy": found.policy})


@dg.multi_asset(
    name="divergence",
    specs=_specs("segment_divergence", deps=("input_divergence_contacts",)),
    retry_policy=_RETRY,
)
def divergence(run: RunResource) -> Results:
    """Where proxies and outcomes diverge (M16)."""
    from pipelines.analyses.divergence import divergence_table  # noqa: PLC0415

    current = run.current
    tell("segment divergence")
    settings = current.settings
    contacts = read_table(current.connection, "input_divergence_contacts", order="customer, day, handle_seconds")
    table = divergence_table(
        contacts,
        settings.divergence,
        settings.costs,
        min_n=settings.metrics.min_n,
    )
    yield from _kept(current, {"segment_divergence": table})


@dg.multi_asset(
    name="words_of_segments",
    specs=_specs("segment_words", deps=("segment_divergence", "input_repeat_words")),
    retry_policy=_RETRY,
)
def words_of_segments(run: RunResource) -> Results:
    """What customers of diverging segments say more often when they come back (M16)."""
    from pipelines.analyses.segment_words import MOST_SEGMENTS, segment_words_table  # noqa: PLC0415

    current = run.current
    sql = "select segment from segment_divergence where verdict = 'diverging' order by q, segment limit ?"
    segments = [segment for (segment,) in current.connection.execute(sql, [MOST_SEGMENTS]).fetchall()]
    yield from _kept(current, {"segment_words": segment_words_table(_repeat_words(current, segments), segments)})


def _repeat_words(current: RunContext, segments: Sequence[str]) -> pl.DataFrame:
    """The turns of repeats of these segments; none is read where there is no segment."""
    named = [json.loads(segment) for segment in segments]
    condition = " or ".join(f"({' and '.join(f'{name} = ?' for name in each)})" for each in named)
    if not condition:
        return pl.DataFrame()
    tell("words of diverging segments")
    values = [value for each in named for value in each.values()]
    return current.connection.execute(f"select * from input_repeat_words where {condition}", values).pl()


@dg.multi_asset(
    name="validity_of_proxies",
    specs=_specs("proxy_validity", deps=("input_validity_contacts",)),
    retry_policy=_RETRY,
)
def validity_of_proxies(run: RunResource) -> Results:
    """Whether claim and handle time still mean what they say (M17)."""
    from pipelines.analyses.validity import validity_table  # noqa: PLC0415

    current = run.current
    tell("proxy validity")
    contacts = read_table(current.connection, "input_validity_contacts", order="customer, month, handle_seconds")
    yield from _kept(current, {"proxy_validity": validity_table(contacts, current.settings.metrics.min_n)})


@dg.multi_asset(
    name="shrunk_rates",
    specs=_specs("small_segments", deps=("input_group_counts", "design_effects")),
    retry_policy=_RETRY,
)
def shrunk_rates(run: RunResource) -> Results:
    """Agents and queues, shrunk towards what their kind usually does (M18)."""
    from pipelines.analyses.small_segments import small_segments_table  # noqa: PLC0415

    current = run.current
    tell("small segments")
    table = small_segments_table(
        read_table(current.connection, "input_group_counts", order="kind, measure, name"),
        read_table(
            current.connection, "design_effects", ("metric", "dimension", "correlation"), order="metric, dimension"
        ),
        current.settings.metrics.min_n,
    )
    yield from _kept(current, {"small_segments": table})


@dg.asset(
    group_name="metrics",
    deps=["int_promise_candidates"],
    kinds={"python", "duckdb"},
    description="Which CRM event keeps which promise that no event names: each event at most one (M12).",
    retry_policy=_RETRY,
)
def promise_matches(run: RunResource) -> dg.MaterializeResult[None]:
    from pipelines.analyses.promises import promise_matches as matched  # noqa: PLC0415

    current = run.current
    tell("matching promises")
    candidates = read_table(current.connection, "int_promise_candidates", order="promise_order, event_order")
    rows = replace_table(current.connection, "promise_matches", matched(candidates))
    return dg.MaterializeResult(metadata={"dagster/row_count": rows, "candidates": candidates.height})


@dg.multi_asset(
    name="handoffs_and_promises",
    specs=[
        *_specs("handoff_rates", deps=("input_handoff_outcomes",)),
        *_specs("promise_rates", deps=("input_promise_outcomes",)),
        *_specs("suggestion_reliance", deps=("input_suggestions",)),
        *_specs("stuck", "mode_outcomes", deps=("input_contact_measures",)),
        *_specs(
            "outcomes_compared",
            deps=(
                "input_handoff_outcomes",
                "input_promise_outcomes",
                "input_suggestions",
                "input_contact_measures",
            ),
        ),
    ],
    retry_policy=_RETRY,
)
def handoffs_and_promises(run: RunResource) -> Results:
    """Handoffs, promises, suggestions, modes and failed containment, and what followed (M11, M12, M13, M14, M19)."""
    from pipelines.analyses.compared import outcomes_compared_table  # noqa: PLC0415
    from pipelines.analyses.failed_containment import stuck_table  # noqa: PLC0415
    from pipelines.analyses.handoffs import handoff_rates_table  # noqa: PLC0415
    from pipelines.analyses.modes import mode_outcomes_table  # noqa: PLC0415
    from pipelines.analyses.promises import promise_rates_table  # noqa: PLC0415
    from pipelines.analyses.suggestions import suggestion_reliance_table  # noqa: PLC0415

    current = run.current
    tell("handoffs and promises")
    min_n = current.settings.metrics.min_n
    handoffs = read_table(current.connection, "input_handoff_outcomes", order="system, handoff_id")
    promises = read_table(current.connection, "input_promise_outcomes", order="system, commitment_id")
    suggestions = read_table(current.connection, "input_suggestions", order="system, suggestion_id")
    contacts = read_table(current.connection, "input_contact_measures", order="system, contact_id")
    yield from _kept(
        current,
        {
            "handoff_rates": handoff_rates_table(handoffs, min_n),
            "promise_rates": promise_rates_table(promises, min_n),
            "suggestion_reliance": suggestion_reliance_table(suggestions, min_n),
            "stuck": stuck_table(contacts, min_n),
            "mode_outcomes": mode_outcomes_table(contacts, min_n),
            "outcomes_compared": outcomes_compared_table(handoffs, promises, suggestions, contacts, min_n),
        },
    )


@dg.multi_asset(
    name="reviews",
    specs=[
        *_specs("flag_precision", deps=("input_flag_verdicts",)),
        *_specs("review_accuracy", deps=("input_reviews",)),
    ],
    retry_policy=_RETRY,
)
def reviews(run: RunResource) -> Results:
    """What reviewers say of flags and of the AI's claims (M9, M15)."""
    from pipelines.analyses.reviews import flag_precision_table, review_accuracy_table  # noqa: PLC0415

    current = run.current
    tell("reviews")
    min_n = current.settings.metrics.min_n
    verdicts = read_table(current.connection, "input_flag_verdicts", order="rule, mode")
    sample = read_table(current.connection, "input_reviews", order="system, claim_id")
    yield from _kept(
        current,
        {
            "flag_precision": flag_precision_table(verdicts, min_n),
            "review_accuracy": review_accuracy_table(sample, min_n),
        },
    )


METRICS = [
    sentiment_in_client_terms,
    early_read,
    confidence_calibration,
    escalation,
    divergence,
    words_of_segments,
    validity_of_proxies,
    shrunk_rates,
    promise_matches,
    handoffs_and_promises,
    reviews,
]

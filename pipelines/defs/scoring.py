"""The scoring stage as assets: texts become languages and scores, each once."""

from collections.abc import Iterator

import dagster as dg

from pipelines.config import ConfigError
from pipelines.defs.run import RunResource
from pipelines.run_context import tell
from pipelines.scoring.identity import language_detector_fingerprint
from pipelines.scoring.restatement import restated
from pipelines.scoring.text_encoder import identify_text_encoder, load_text_encoder
from pipelines.scoring.text_model import load_text_model
from pipelines.warehouse.database import count_rows
from pipelines.warehouse.frames import replace_table
from pipelines.warehouse.text_embeddings import embed_new_texts
from pipelines.warehouse.text_embeddings import handoff_similarities as similarities_of_handoffs
from pipelines.warehouse.text_findings import find_in_new_texts
from pipelines.warehouse.text_scores import detect_new_languages, score_new_texts


@dg.asset(
    group_name="scoring",
    deps=["int_language_samples"],
    kinds={"duckdb"},
    description="The language of texts whose record does not say it: cached by detector and text hash (M7).",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def text_languages(run: RunResource) -> dg.MaterializeResult[None]:
    current = run.current
    tell("finding languages")
    found = detect_new_languages(
        current.connection, language_detector_fingerprint(), lambda share: tell("finding languages", share)
    )
    rows = count_rows(current.connection, "text_languages")
    return dg.MaterializeResult(metadata={"dagster/row_count": rows, "new": found.new, "known": found.known})


@dg.asset(
    group_name="scoring",
    deps=["int_customer_texts", "int_language_samples", "text_languages"],
    kinds={"duckdb"},
    description="Sentiment of every distinct text in a language of the model: cached by model and text hash (M7).",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def text_scores(context: dg.AssetExecutionContext, run: RunResource) -> Iterator[dg.MaterializeResult[None]]:
    current = run.current
    tell("scoring texts")
    try:
        scored = score_new_texts(
            current.connection,
            current.text_model,
            language_detector_fingerprint(),
            lambda: load_text_model(
                current.settings.text_model,
                threads=current.settings.project.threads,
                languages=current.settings.sentiment.languages,
            ),
            lambda share: tell("scoring texts", share),
        )
    except ConfigError as error:
        # Trying again does not make a model.
        raise dg.Failure(description=str(error), allow_retries=False) from error
    context.log.info(f"{scored.new} new texts scored, {scored.known} known")
    rows = count_rows(current.connection, "text_scores")
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows,
            "new": scored.new,
            "known": scored.known,
            "model": current.text_model.setting or "embedded",
            "model_fingerprint": current.text_model.fingerprint,
        }
    )


@dg.asset(
    group_name="scoring",
    deps=["int_spoken_texts", "text_languages"],
    kinds={"duckdb"},
    description="Promises, requests for a human and 'I said that already' in every distinct turn: cached by patterns and text hash (M11, M12, M19).",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def text_findings(run: RunResource) -> dg.MaterializeResult[None]:
    current = run.current
    tell("reading what was promised")
    found = find_in_new_texts(
        current.connection, current.patterns, lambda share: tell("reading what was promised", share)
    )
    rows = count_rows(current.connection, "text_findings")
    return dg.MaterializeResult(metadata={"dagster/row_count": rows, "new": found.new, "known": found.known})


@dg.asset(
    group_name="scoring",
    deps=["int_handoff_turns"],
    kinds={"duckdb"},
    description="How alike what a customer said before and after a handoff is; every text embedded once (M11).",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def handoff_similarities(run: RunResource) -> dg.MaterializeResult[None]:
    current = run.current
    tell("comparing the words around handoffs")
    encoder = identify_text_encoder()
    embedded = embed_new_texts(
        current.connection,
        encoder,
        lambda: load_text_encoder(threads=current.settings.project.threads),
        lambda share: tell("comparing the words around handoffs", share),
    )
    found = similarities_of_handoffs(current.connection, encoder)
    rows = replace_table(
        current.connection, "handoff_similarities", found.with_columns(is_restated=restated(found["similarity"]))
    )
    return dg.MaterializeResult(metadata={"dagster/row_count": rows, "new": embedded.new, "known": embedded.known})


SCORING = [text_languages, text_scores, text_findings, handoff_similarities]

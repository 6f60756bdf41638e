"""The scoring stage as assets: texts become languages and scores, each once."""

from collections.abc import Iterator

import dagster as dg

from pipelines.config import ConfigError
from pipelines.defs.run import NightResource
from pipelines.night import tell
from pipelines.scoring.identity import language_detector_fingerprint
from pipelines.scoring.text_model import load_text_model
from pipelines.warehouse.database import count_rows
from pipelines.warehouse.text_scores import detect_new_languages, score_new_texts


@dg.asset(
    group_name="scoring",
    deps=["int_language_samples"],
    kinds={"duckdb"},
    description="The language of texts whose record does not say it: cached by detector and text hash (M7).",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def text_languages(night: NightResource) -> dg.MaterializeResult[None]:
    run = night.current
    tell("finding languages")
    found = detect_new_languages(
        run.connection, language_detector_fingerprint(), lambda share: tell("finding languages", share)
    )
    rows = count_rows(run.connection, "text_languages")
    return dg.MaterializeResult(metadata={"dagster/row_count": rows, "new": found.new, "known": found.known})


@dg.asset(
    group_name="scoring",
    deps=["int_customer_texts", "int_language_samples", "text_languages"],
    kinds={"duckdb"},
    description="Sentiment of every distinct text in a language of the model: cached by model and text hash (M7).",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def text_scores(context: dg.AssetExecutionContext, night: NightResource) -> Iterator[dg.MaterializeResult[None]]:
    run = night.current
    tell("scoring texts")
    try:
        scored = score_new_texts(
            run.connection,
            run.text_model,
            language_detector_fingerprint(),
            lambda: load_text_model(
                run.settings.text_model,
                threads=run.settings.project.threads,
                languages=run.settings.sentiment.languages,
            ),
            lambda share: tell("scoring texts", share),
        )
    except ConfigError as error:
        # Trying again does not make a model.
        raise dg.Failure(description=str(error), allow_retries=False) from error
    context.log.info(f"{scored.new} new texts scored, {scored.known} known")
    rows = count_rows(run.connection, "text_scores")
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows,
            "new": scored.new,
            "known": scored.known,
            "model": run.text_model.setting or "embedded",
            "model_fingerprint": run.text_model.fingerprint,
        }
    )

"""What the embedded model hears of the moods that the simulator planted: weak, as words are, and not nothing."""

import math

import polars as pl
import pytest
from builders.simulated_landing import last_versions, read_table

from pipelines.scoring.model_folder import EMBEDDED_FOLDER
from pipelines.scoring.text_model import load_text_model
from pipelines.simulate import SimulationSummary

#: Contacts that are scored: enough for a standard error of .04.
SAMPLE = 600
#: Rank correlation that must at least be there.
LEAST = 0.3


@pytest.fixture(scope="module")
def heard(operation: SimulationSummary) -> pl.DataFrame:
    """Opening and closing sentiment (M7) of English contacts of one leg, beside the planted moods."""
    if not (EMBEDDED_FOLDER / "MODEL_CARD.md").is_file():
        pytest.skip("the embedded model is a placeholder that was not trained: it has no MODEL_CARD.md")
    legs = last_versions(read_table(operation.out, "contacts"))
    alone = legs.filter(pl.len().over(pl.coalesce("root_contact_id", "contact_id")) == 1)
    contacts = alone.filter(pl.col("language") == "en").sort("contact_id").head(SAMPLE).select("contact_id")
    turns = (
        read_table(operation.out, "turns")
        .join(contacts, on="contact_id")
        .filter(pl.col("speaker") == "customer", pl.col("text").str.count_matches(r"\S+") >= 3)
        .with_columns(pl.col("turn_index").cast(pl.Int64))
        .unique(["contact_id", "turn_index"], keep="first", maintain_order=True)
        .sort("contact_id", "turn_index")
    )
    texts = turns["text"].unique(maintain_order=True).to_list()
    polarity = load_text_model(None, threads=2).score(texts).polarity
    scores = pl.DataFrame({"text": texts, "score": [None if math.isnan(score) else score for score in polarity]})
    scored, half = pl.col("score").drop_nulls(), pl.col("score").count() / 2
    means = (
        turns.join(scores, on="text", maintain_order="left")
        .group_by("contact_id", maintain_order=True)
        .agg(
            scored.head(pl.min_horizontal(3, half.floor()).cast(pl.Int64)).mean().alias("opening_sentiment"),
            scored.tail(pl.min_horizontal(3, half.ceil()).cast(pl.Int64)).mean().alias("closing_sentiment"),
        )
    )
    truth = pl.read_parquet(operation.out / "_truth" / "contacts.parquet")
    return means.join(truth.select("contact_id", "opening_mood", "closing_mood"), on="contact_id").drop_nulls()


@pytest.mark.parametrize("end", ["opening", "closing"])
def test_the_planted_mood_is_heard(end: str, heard: pl.DataFrame) -> None:
    assert heard.height > SAMPLE / 2
    found = heard.select(pl.corr(f"{end}_sentiment", f"{end}_mood", method="spearman")).item()
    assert found > LEAST


def test_a_turn_for_the_better_is_heard(heard: pl.DataFrame) -> None:
    shifts = heard.select(
        pl.corr(
            pl.col("closing_sentiment") - pl.col("opening_sentiment"),
            pl.col("closing_mood") - pl.col("opening_mood"),
            method="spearman",
        )
    )
    assert shifts.item() > LEAST / 2

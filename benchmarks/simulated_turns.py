"""Turns as the simulator words them, each a text of its own: what the benchmarks of words read where no data is named."""

import random
from pathlib import Path

import polars as pl

from pipelines.scoring.training_data import read_training_rows
from pipelines.simulate.phrases import ENGLISH

_COMPANY = (
    "greeting_ai",
    "greeting_agent",
    "take_over",
    "verify_ask",
    "clarify",
    "detail_ask",
    "hold",
    "action",
    "promise",
    "hand_over",
    "claim_yes",
    "claim_no",
    "goodbye",
)
#: Share of the company's turns that promise something.
_PROMISED = 0.1


def simulated_turns(count: int) -> pl.DataFrame:
    """role and text of ``count`` different turns of two or three sentences, some twenty words, the same every time."""
    chance = random.Random(5)  # noqa: S311  (made-up texts)
    phrases: dict[str, list[str]] = {"server": [], "customer": []}
    for beat, by_key in ENGLISH.beats.items():
        phrases["server" if beat in _COMPANY else "customer"] += [text for texts in by_key.values() for text in texts]
    promises = [text for texts in ENGLISH.promises.values() for text in texts]
    leads = {"server": ENGLISH.leads["server"], "customer": ENGLISH.leads["unhappy"] + ENGLISH.leads["calm"]}
    rows = []
    for number in range(count):
        role = "server" if number % 2 else "customer"
        said = " ".join(chance.choices(phrases[role], k=chance.randint(1, 2)))
        if role == "server" and chance.random() < _PROMISED:
            said += f" {chance.choice(promises)}"
        slots = {
            "card": "[card]",
            "phone": "[phone]",
            "email": "[email]",
            "name": chance.choice(ENGLISH.names),
            "due": f"within {chance.randint(2, 9)} days",
        }
        said = said.format(**slots, amount=f"${chance.randint(1, 400)}.{chance.randint(10, 99)}", order=f"A{number}")
        rows.append((role, f"{chance.choice(leads[role])}{said} I have noted it as number {number}."))
    return pl.DataFrame(rows, schema={"role": pl.String, "text": pl.String}, orient="row")


def benchmark_texts(data: Path | None, count: int, lengths: str) -> list[str]:
    """``count`` texts of so many words ("16-50"): training comments of ``data``, or simulated turns where it is None."""
    shortest, longest = (int(number) for number in lengths.split("-"))
    if data is not None:
        texts = [row.text for row in read_training_rows(data)]
    else:
        # Twice as many as asked for: some are too short or too long.
        texts = simulated_turns(2 * count)["text"].to_list()
    return [text for text in texts if shortest <= len(text.split()) <= longest][:count]

"""Words: the phrases, its fictional personal data, and the conversations made of them."""

import re

import numpy as np
import polars as pl
import pytest
from builders.simulated_landing import last_versions, read_table
from stdnum import luhn

from pipelines.simulate import SimulationSummary, World
from pipelines.simulate.phrase_index import BEAT_NAMES, MOODS, fill_phrases, luhn_digit, spoken_mood
from pipelines.simulate.phrases import ENGLISH, SPANISH

CARD = re.compile(r"\b\d{4} (?:\d{4} \d{4} \d{4}|\d{6} \d{5})\b")


def test_luhn_digit_by_hand() -> None:
    # 7992739871 is the textbook example: its check digit is 3.
    assert luhn_digit("7992739871") == 3
    assert luhn_digit("4111 1111 1111 111") == 1


def test_both_languages_know_the_same_beats() -> None:
    assert tuple(SPANISH.beats) == BEAT_NAMES
    assert {issue.name or "" for issue in World().issues} == set(ENGLISH.beats["problem"])
    assert set(SPANISH.leads) == set(ENGLISH.leads)


def test_problems_are_restated_in_as_many_blocks_as_there_are_problems() -> None:
    for words in (ENGLISH, SPANISH):
        problems, again, facts = (words.beats[beat] for beat in ("problem", "restated", "new_fact"))
        assert set(problems) == set(again) == set(facts)
        for issue, phrases in problems.items():
            assert len(again[issue]) % len(phrases) == 0, issue
            size = len(again[issue]) // len(phrases)
            for number, phrase in enumerate(again[issue]):
                # Who names an amount again has named it before.
                assert "{amount}" not in phrase or "{amount}" in phrases[number // size], phrase
            assert not set(phrases) & {*again[issue], *facts[issue]}


def test_a_place_in_the_group_chooses_phrase_and_value() -> None:
    phrases = fill_phrases(World())
    zero = np.zeros(200, dtype=np.int64)
    place = np.linspace(0, 0.999, 200)
    told, again = (
        phrases.texts(
            np.random.default_rng(1),
            language=zero,
            beat=np.full(200, BEAT_NAMES.index(beat)),
            issue=zero,
            mood=zero,
            lead_kind=zero - 1,
            phrase_at=place,
            value_at=place[::-1],
        )
        for beat in ("problem", "restated")
    )
    # A bill that went up is phrase 0 of five, its paraphrases 0 and 1 of ten; the amount is the same.
    assert told[:40].str.starts_with("My bill is $").all()
    assert again[:40].str.contains("went up|Compared with").all()
    amount = r"(\$\d+\.\d\d)"
    assert (told[:40].str.extract(amount) == again[:40].str.extract(amount)).all()


def test_a_text_is_lead_and_phrase_with_its_slot_filled() -> None:
    phrases = fill_phrases(World())
    beat = np.full(200, BEAT_NAMES.index("verify_give"))
    zero = np.zeros(200, dtype=np.int64)
    texts = phrases.texts(np.random.default_rng(1), language=zero, beat=beat, issue=zero, mood=zero, lead_kind=zero - 1)
    assert not texts.str.contains(r"[{}]").any()
    assert texts.n_unique() > 100
    assert texts.str.contains("@example.com").any()
    led = phrases.texts(np.random.default_rng(1), language=zero, beat=beat, issue=zero, mood=zero, lead_kind=zero)
    leads = [lead for lead in ENGLISH.leads[MOODS[0]] if lead]
    assert 100 < sum(text.startswith(tuple(leads)) for text in led) < 200


def test_personal_data_is_valid_and_fictional(operation: SimulationSummary) -> None:
    text = "\n".join(read_table(operation.out, "turns")["text"])
    cards = CARD.findall(text)
    assert len(cards) > 100
    assert all(luhn.is_valid(card.replace(" ", "")) for card in cards)
    assert re.search(r"\+1-\d{3}-555-01\d\d", text)
    assert re.search(r"\+44 7700 900\d{3}", text)
    assert set(re.findall(r"@([\w.]+\w)", text)) == {"example.com"}


def test_hostile_text_is_there_and_rare(turns_of_all_languages: pl.DataFrame) -> None:
    hostile = turns_of_all_languages["text"].is_in(ENGLISH.hostile)
    assert 0 < hostile.sum() < 0.001 * turns_of_all_languages.height


@pytest.fixture(scope="module")
def turns_of_all_languages(operation: SimulationSummary) -> pl.DataFrame:
    return read_table(operation.out, "turns")


def test_turns_count_from_zero_in_order_of_time(turns_of_all_languages: pl.DataFrame) -> None:
    turns = turns_of_all_languages.unique(["contact_id", "turn_index"]).sort("contact_id", "turn_index")
    per_leg = turns.group_by("contact_id", maintain_order=True).agg("turn_index", "offset_seconds", "speaker")
    assert (per_leg["turn_index"].list.max() + 1 == per_leg["turn_index"].list.len()).all()
    assert (turns.select(pl.col("offset_seconds").diff().over("contact_id")).to_series().drop_nulls() >= 0).all()


def test_people_speak_only_where_they_take_part(
    operation: SimulationSummary, turns_of_all_languages: pl.DataFrame
) -> None:
    modes = last_versions(read_table(operation.out, "contacts")).select("contact_id", "mode", "language")
    spoken = turns_of_all_languages.join(modes, on="contact_id")
    assert set(spoken.filter(pl.col("mode") == "ai_primary")["speaker"].unique()) == {"customer", "ai"}
    assert set(spoken.filter(pl.col("mode") == "human_primary")["speaker"].unique()) == {"customer", "agent"}
    assert (spoken["language"] == spoken["language_right"]).all()
    assert set(spoken["language"].unique()) == {"en", "es"}
    assert spoken["contact_id"].n_unique() > 0.85 * modes.height


def test_mood_shows_in_words() -> None:
    assert spoken_mood(np.array([-2.0, 0.0, 2.0])).tolist() == [0, 1, 2]

"""The phrases as flat arrays: every phrase is prefix + slot + suffix, found by (language, beat, issue, mood).

Also the values of the slots: personal data that is fictional by construction (test card numbers, reserved
phone ranges, example.com), so that redaction has something to find and nobody is harmed.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulate.arrival_times import Floats, Ints
from pipelines.simulate.parameters import World
from pipelines.simulate.phrases import ENGLISH, PHRASE_BOOKS, SPANISH

MOODS = ("unhappy", "calm", "happy")
SLOTS = ("", "card", "phone", "email", "amount", "order", "name")
BEAT_NAMES = tuple(ENGLISH.beats)
_VALUES_PER_SLOT = 400
_CARD_RANGES = (
    ("4111 1111 1111 ", "{:03d}"),
    ("4242 4242 4242 ", "{:03d}"),
    ("5555 5555 5555 ", "{:03d}"),
    ("3782 822463 1", "{:03d}"),
)


@dataclass(frozen=True)
class PhraseIndex:
    """Groups of texts as position of the first and number: ``first`` and ``size`` (languages, beats, issues, moods).

    Leads likewise, by (language, kind); slot values by slot.
    """

    first: Ints
    size: Ints
    prefix: pl.Series
    suffix: pl.Series
    slot: Ints
    lead: pl.Series
    lead_first: Ints
    lead_size: Ints
    value: pl.Series
    value_first: Ints
    value_size: Ints

    def texts(
        self,
        rng: np.random.Generator,
        *,
        language: Ints,
        beat: Ints,
        issue: Ints,
        mood: Ints,
        lead_kind: Ints,
        phrase_at: Floats | None = None,
        value_at: Floats | None = None,
    ) -> pl.Series:
        """One drawn text per row. ``lead_kind`` is a mood, ``len(MOODS)`` for the company's side, or -1 for no lead.

        ``phrase_at``, ``value_at``: where in its group each phrase and each slot's value stands, in [0, 1); NaN, or
        None for all, is anywhere.
        """
        phrase = _draw(self.first[language, beat, issue, mood], self.size[language, beat, issue, mood], rng, phrase_at)
        slot = self.slot[phrase]
        value = _draw(self.value_first[slot], self.value_size[slot], rng, value_at)
        lead = _draw(self.lead_first[language, lead_kind], self.lead_size[language, lead_kind], rng)
        frame = pl.DataFrame(
            {
                "lead": self.lead.gather(np.where(lead_kind < 0, 0, lead)),
                "prefix": self.prefix.gather(phrase),
                "value": self.value.gather(value),
                "suffix": self.suffix.gather(phrase),
            }
        )
        return frame.select(pl.concat_str("lead", "prefix", "value", "suffix").alias("text")).to_series()


def _draw(first: Ints, size: Ints, rng: np.random.Generator, at: Floats | None = None) -> Ints:
    draw = rng.random(first.size)
    if at is not None:
        draw = np.where(np.isnan(at), draw, at)
    return np.asarray(first + (draw * size).astype(np.int64))


def fill_phrases(world: World) -> PhraseIndex:
    """The phrases for the issues of a world, with slot values that are the same in every simulation."""
    issues = [issue.name or "" for issue in world.issues]
    shape = (len(PHRASE_BOOKS), len(BEAT_NAMES), len(issues), len(MOODS))
    first, size = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    phrases: list[str] = []
    places: dict[tuple[int, str, str], tuple[int, int]] = {}
    for at in np.ndindex(shape):
        language, beat = at[0], BEAT_NAMES[at[1]]
        by_key = PHRASE_BOOKS[language].beats[beat]
        key = next(key for key in (issues[at[2]], MOODS[at[3]], "") if key in by_key)
        if (language, beat, key) not in places:
            places[language, beat, key] = (len(phrases), len(by_key[key]))
            phrases.extend(by_key[key])
        first[at], size[at] = places[language, beat, key]
    parts = [_split(phrase) for phrase in phrases]
    # Lead 0 says nothing: it is what rows without a lead point at.
    leads, lead_first, lead_size = _flatten(
        [[book.leads[kind] for kind in (*MOODS, "server")] for book in PHRASE_BOOKS], ("",)
    )
    pools = [slot_values(slot) for slot in SLOTS]
    values, value_first, value_size = _flatten([pools], ())
    return PhraseIndex(
        first=first,
        size=size,
        prefix=pl.Series([part[0] for part in parts], dtype=pl.String),
        suffix=pl.Series([part[2] for part in parts], dtype=pl.String),
        slot=np.array([SLOTS.index(part[1]) for part in parts], dtype=np.int64),
        lead=leads,
        lead_first=lead_first,
        lead_size=lead_size,
        value=values,
        value_first=value_first[0],
        value_size=value_size[0],
    )


def _split(phrase: str) -> tuple[str, str, str]:
    """Prefix, slot and suffix of a phrase. Raises ValueError for a second or unknown slot."""
    prefix, opened, rest = phrase.partition("{")
    slot, _, suffix = rest.partition("}")
    if slot not in SLOTS or (opened and not slot) or "{" in suffix:
        raise ValueError(f"phrase {phrase!r}: at most one slot, one of {SLOTS[1:]}")
    return prefix, slot, suffix


def _flatten(rows: list[list[tuple[str, ...]]], before: tuple[str, ...]) -> tuple[pl.Series, Ints, Ints]:
    """All texts in one series, with the position of the first and the number of each group."""
    size = np.array([[len(group) for group in row] for row in rows], dtype=np.int64)
    first = (len(before) + np.cumsum(size.ravel()) - size.ravel()).reshape(size.shape)
    return (
        pl.Series([*before, *(text for row in rows for group in row for text in group)], dtype=pl.String),
        first,
        size,
    )


def slot_values(slot: str) -> tuple[str, ...]:
    """The fictional values of a slot."""
    rng = np.random.default_rng(20_260_930)
    numbers = [int(number) for number in rng.permutation(1_000)[:_VALUES_PER_SLOT]]
    people = [*ENGLISH.names, "Lucia", "Mateo", "Carmen", "Diego", "Sofia"]
    pools = {
        "card": [_card(number) for number in numbers],
        "phone": [_phone(number) for number in numbers],
        "email": [f"{people[number % len(people)].lower()}.{number}@example.com" for number in numbers],
        "amount": [f"${number % 190 + 5}.{number % 100:02d}" for number in numbers],
        "order": [f"OR-{100_000 + 37 * number}" for number in numbers],
        "name": [*ENGLISH.names, *SPANISH.names],
    }
    return tuple(pools.get(slot, [""]))


def _card(number: int) -> str:
    """A number from the ranges that payment providers publish for tests, with its check digit (Luhn)."""
    prefix, pattern = _CARD_RANGES[number % len(_CARD_RANGES)]
    body = prefix + pattern.format(number)
    return body + str(luhn_digit(body))


def luhn_digit(body: str) -> int:
    """Check digit that makes ``body`` + digit pass Luhn's test; spaces are ignored."""
    digits = [int(character) for character in reversed(body) if character.isdigit()]
    doubled = [digit if position % 2 else sum(divmod(2 * digit, 10)) for position, digit in enumerate(digits)]
    return -sum(doubled) % 10


def _phone(number: int) -> str:
    """A number from the ranges reserved for fiction: 555-01xx in North America, Ofcom's drama range in the UK."""
    if number % 10 == 0:
        return f"+44 7700 900{number % 1000:03d}"
    area = (212, 305, 312, 415, 602, 617, 713)[number % 7]
    if number % 3 == 0:
        return f"({area}) 555-01{number % 100:02d}"
    return f"+1-{area}-555-01{number % 100:02d}"


def spoken_mood(values: Floats) -> Ints:
    """Mood of speech from the latent mood: 0 unhappy, 1 calm, 2 happy."""
    return np.searchsorted(np.array([-0.7, 0.5]), values).astype(np.int64)

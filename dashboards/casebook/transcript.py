"""What was said in a contact: its turns a page at a time, long ones shortened, one in pieces that go on to its end."""

from dataclasses import dataclass
from datetime import datetime

from dashboards.casebook.key import CaseKey
from dashboards.casebook.safe_text import shortened, visible
from dashboards.snapshot.queries import Queries

PAGE_TURNS = 100
#: Characters of a turn that are shown in the transcript, and of one piece of a turn shown alone.
SHOWN_CHARACTERS, PIECE_CHARACTERS = 1_500, 20_000


@dataclass(frozen=True)
class Turn:
    """``place``: position in the transcript, from 1. ``characters``: length of the whole text."""

    place: int
    leg_id: str
    turn_index: int
    speaker: str
    offset_seconds: float | None
    language: str | None
    text: str
    characters: int
    is_shortened: bool
    sentiment: float | None


@dataclass(frozen=True)
class Leg:
    leg_id: str
    started_at: datetime | None
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Transcript:
    """``number`` of ``pages``, from 1; ``total``: turns of the contact."""

    number: int
    pages: int
    total: int
    legs: tuple[Leg, ...]


@dataclass(frozen=True)
class Piece:
    """A stretch of one turn; ``number`` of ``pages``, from 1."""

    turn: Turn
    number: int
    pages: int


def transcript(queries: Queries, key: CaseKey, number: int) -> Transcript:
    """One page of the turns of a contact, by leg; the last one where there are fewer pages."""
    turns = _turns(queries, key)
    total = int(queries.frame(f"select count(*) as n from ({turns})", key.parameters)["n"][0])
    pages = max(-(-total // PAGE_TURNS), 1)
    number = min(number, pages)
    rows = queries.frame(
        f"""select * exclude (text), left(text, {SHOWN_CHARACTERS}) as beginning from ({turns})
        where place between {(number - 1) * PAGE_TURNS + 1} and {number * PAGE_TURNS} order by place""",
        key.parameters,
    )
    legs: list[Leg] = []
    for row in rows.iter_rows(named=True):
        text = row["beginning"]
        shown = shortened(text, SHOWN_CHARACTERS)
        turn = Turn(
            row["place"],
            row["leg_id"],
            row["turn_index"],
            row["speaker"],
            row["offset_seconds"],
            row["language"],
            shown,
            row["characters"],
            row["characters"] > len(text) or shown != visible(text),
            row["sentiment"],
        )
        if not legs or legs[-1].leg_id != turn.leg_id:
            legs.append(Leg(turn.leg_id, row["leg_started_at"], ()))
        legs[-1] = Leg(legs[-1].leg_id, legs[-1].started_at, (*legs[-1].turns, turn))
    return Transcript(number, pages, total, tuple(legs))


def piece_of_turn(queries: Queries, key: CaseKey, place: int, number: int) -> Piece | None:
    """A stretch of the turn at ``place``; None if there is no such turn."""
    start = (number - 1) * PIECE_CHARACTERS + 1
    rows = queries.frame(
        f"""select * exclude (text, leg_started_at), substring(text, {start}, {PIECE_CHARACTERS}) as piece
        from ({_turns(queries, key)}) where place = $place""",
        key.parameters | {"place": place},
    )
    for row in rows.iter_rows(named=True):
        piece = row.pop("piece")
        pages = max(-(-row["characters"] // PIECE_CHARACTERS), 1)
        turn = Turn(text=visible(piece), is_shortened=pages > 1, **row)
        return Piece(turn, min(number, pages), pages)
    return None


def page_of_turn(queries: Queries, key: CaseKey, leg_id: str, turn_index: int) -> int | None:
    """The page on which a turn stands; None if there is no such turn."""
    rows = queries.frame(
        f"select place from ({_turns(queries, key)}) where leg_id = $leg and turn_index = $turn",
        key.parameters | {"leg": leg_id, "turn": turn_index},
    )
    return None if rows.is_empty() else (int(rows["place"][0]) - 1) // PAGE_TURNS + 1


def _turns(queries: Queries, key: CaseKey) -> str:
    """SELECT of the turns of ``$contact`` of ``$system`` in the order in which they were spoken."""
    return f"""select
            row_number() over (order by leg_started_at, leg_id, turn_index) as place,
            leg_id, leg_started_at, turn_index, speaker, offset_seconds, language, text, length(text) as characters, sentiment
        from {queries.days("transcripts", key.day, key.day)}
        where system = $system and contact_id = $contact"""

"""Transcripts of recordings → turns: lists of utterances, Deepgram, WTF and Whisper segments, labelled lines.

Who speaks
- A label that names a role ("Agent"), a party's name, or a party by its place (``parties: 0``) is that party.
- Each channel of a recording with several is the party at the same place of the dialog.
- Diarisation knows voices, not people. Of two voices and two parties, the one heard first is the party that was
  called: whoever picks up speaks first. Anything else cannot be told: the turns are kept, as ``system``, so that no
  metric takes them for the customer's or the agent's words, and this is listed.

``asr_confidence`` is the mean over words, without the 0.0 that recognisers write on punctuation.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.sources.reading import Reject
from pipelines.sources.vcon.container import Json, body_of, instant_of, number_of, objects, seconds_between, text_of
from pipelines.sources.vcon.conversation import Conversation, Dialog
from pipelines.sources.vcon.parties import role_of

_TEXT_KEYS = ("message", "text", "transcript", "content", "utterance", "body")
_VOICE_KEYS = ("speaker", "role", "speaker_label", "speaker_id", "participant")
_LIST_KEYS = ("segments", "utterances", "turns", "conversation", "messages", "transcript")
_LABELLED_LINE = re.compile(r"\s*([A-Za-z][\w .'-]{0,40}?)\s*:\s+(\S.*)")


@dataclass(frozen=True)
class VconTurn:
    """One utterance. ``speaker`` is "" as long as only its ``voice`` is known."""

    text: str
    path: str
    speaker: str = ""
    voice: str = ""
    offset: float | None = None
    """Seconds after the start of the contact."""
    duration: float | None = None
    confidence: float | None = None
    language: str | None = None


def transcript_turns(conversation: Conversation) -> tuple[dict[int, list[VconTurn]], list[Reject]]:
    """The turns of each transcribed dialog, by its place. Of several transcripts of one dialog one is read: the
    first of type ``transcript`` that holds turns, else the first of a kind of it (``transcript-redacted``)."""
    container = conversation.container
    found: dict[int, list[VconTurn]] = {}
    rejects: list[Reject] = []
    entries = [
        (index, entry)
        for index, entry in enumerate(objects(container.content.get("analysis")))
        if _is_transcript(entry)
    ]
    for index, entry in sorted(entries, key=lambda pair: (_kind(pair[1]) != "transcript", pair[0])):
        place = f"{container.place}.analysis[{index}]"
        about = entry.get("dialog")
        about = about[0] if isinstance(about, list) and about else about
        dialog = conversation.dialog(int(number_of(about) or 0))
        key = dialog.index if dialog else 0
        if key in found:
            continue
        if entry.get("body") is None and entry.get("url"):
            rejects.append(
                Reject(
                    container.record,
                    "value",
                    "external_body",
                    "the transcript lies at an address and is not fetched",
                    place,
                    "turns",
                    "text",
                )
            )
        turns = [turn for turn in _turns(body_of(entry), f"{place}.body", conversation, dialog) if turn.text]
        if not turns:
            continue
        found[key] = turns = _named(turns, conversation, dialog)
        unknown = sum(not turn.speaker for turn in turns)
        if unknown:
            found[key] = [turn if turn.speaker else replace(turn, speaker="system") for turn in turns]
            reason = f"the transcript does not tell who speaks: {unknown} of {len(turns)} turns are kept as 'system'"
            rejects.append(Reject(container.record, "value", "unknown_speaker", reason, place, "turns", "speaker"))
    return found, rejects


def _kind(entry: Json) -> str:
    return (text_of(entry.get("type")) or "").lower()


def _is_transcript(entry: Json) -> bool:
    kind = _kind(entry)
    return kind.startswith(("transcript", "wtf_transcript")) and "summary" not in kind


def _turns(body: object, place: str, conversation: Conversation, dialog: Dialog | None) -> Iterator[VconTurn]:
    if isinstance(body, list):
        for index, entry in enumerate(body):
            if isinstance(entry, Mapping):
                yield _utterance(entry, f"{place}[{index}]", conversation, dialog)
    elif isinstance(body, str):
        yield from _lines(body, place)
    elif isinstance(body, Mapping):
        results = body.get("results")
        if isinstance(results, Mapping) and isinstance(results.get("channels"), list):
            yield from _deepgram(results, f"{place}.results", conversation, dialog)
            return
        key = next((key for key in _LIST_KEYS if isinstance(body.get(key), list) and body[key]), None)
        if key is not None:
            yield from _turns(body[key], f"{place}.{key}", conversation, dialog)
            return
        inner = body.get("transcript")
        text = text_of(body.get("text")) or text_of(inner.get("text") if isinstance(inner, Mapping) else inner)
        if text:
            yield from _lines(text, place)


def _utterance(entry: Mapping[str, object], place: str, conversation: Conversation, dialog: Dialog | None) -> VconTurn:
    text, voice = _first(entry, _TEXT_KEYS), _first(entry, _VOICE_KEYS)
    speaker = _labelled(voice, conversation)
    party = entry.get("parties", entry.get("party"))
    party = party[0] if isinstance(party, list) and party else party
    if not speaker and (index := number_of(party)) is not None:
        speaker = conversation.cast.speaker(int(index)) or ""
    start, end = entry.get("start", entry.get("start_time")), entry.get("end", entry.get("end_time"))
    duration = number_of(entry.get("duration"))
    first, last = number_of(start), number_of(end)
    if duration is None and first is not None and last is not None:
        duration = last - first
    confidence = _mean_confidence(_words(entry)) or _share(entry.get("confidence"))
    return VconTurn(
        text,
        place,
        speaker,
        voice,
        _offset(start, conversation, dialog),
        _positive(duration),
        confidence,
        text_of(entry.get("language")),
    )


def _first(entry: Mapping[str, object], keys: Sequence[str]) -> str:
    return next(filter(None, (text_of(entry.get(key)) for key in keys)), "")


def _offset(start: object, conversation: Conversation, dialog: Dialog | None) -> float | None:
    """Seconds from the contact's start: a number counts from the dialog's start, an instant says itself."""
    origin = conversation.start
    seconds = number_of(start)
    if seconds is None:
        instant = instant_of(start)
        return _positive(seconds_between(origin, instant)) if origin and instant else None
    if origin and dialog and dialog.start:
        seconds += seconds_between(origin, dialog.start)
    return _positive(seconds)


def _deepgram(
    results: Mapping[str, object], place: str, conversation: Conversation, dialog: Dialog | None
) -> Iterator[VconTurn]:
    channels = objects(results.get("channels"))
    turns: list[VconTurn] = []
    for number, channel in enumerate(channels):
        alternative = next(iter(objects(channel.get("alternatives"))), {})
        at = f"{place}.channels[{number}].alternatives[0]"
        speaker = ""
        if len(channels) > 1 and dialog and number < len(dialog.channels):
            speaker = conversation.cast.speaker(dialog.channels[number]) or ""
        for turn in _alternative(alternative, at):
            voice = turn.voice if len(channels) == 1 else f"channel {number}"
            offset = _offset(turn.offset, conversation, dialog)
            language = text_of(channel.get("detected_language"))
            turns.append(replace(turn, speaker=speaker, voice=voice, offset=offset, language=language))
    yield from sorted(turns, key=lambda turn: turn.offset or 0.0)


def _alternative(alternative: Json, place: str) -> Iterator[VconTurn]:
    """Paragraphs where there are any, else runs of words by one voice, else the whole; offsets within the dialog."""
    words = objects(alternative.get("words"))
    nested = alternative.get("paragraphs")
    paragraphs = objects(nested.get("paragraphs")) if isinstance(nested, Mapping) else []
    for number, paragraph in enumerate(paragraphs):
        start, end = number_of(paragraph.get("start")), number_of(paragraph.get("end"))
        inside = [
            w
            for w in words
            if start is not None and end is not None and start <= (number_of(w.get("start")) or 0.0) < end
        ]
        text = " ".join(text_of(sentence.get("text")) or "" for sentence in objects(paragraph.get("sentences")))
        voice = text_of(paragraph.get("speaker")) or ""
        yield _timed(text, f"{place}.paragraphs.paragraphs[{number}]", voice, (start, end), inside)
    if paragraphs:
        return
    runs: list[list[Json]] = []
    for word in words:
        if runs and runs[-1][-1].get("speaker") == word.get("speaker"):
            runs[-1].append(word)
        else:
            runs.append([word])
    position = 0
    for run in runs:
        text = " ".join(text_of(word.get("punctuated_word")) or text_of(word.get("word")) or "" for word in run)
        start, end = number_of(run[0].get("start")), number_of(run[-1].get("end"))
        yield _timed(text, f"{place}.words[{position}]", text_of(run[0].get("speaker")) or "", (start, end), run)
        position += len(run)
    if not runs and (text := text_of(alternative.get("transcript")) or ""):
        yield VconTurn(text, f"{place}.transcript", confidence=_share(alternative.get("confidence")))


def _timed(
    text: str, place: str, voice: str, span: tuple[float | None, float | None], words: Sequence[Json]
) -> VconTurn:
    start, end = span
    duration = end - start if start is not None and end is not None else None
    return VconTurn(text.strip(), place, "", voice, start, _positive(duration), _mean_confidence(words))


def _words(entry: Mapping[str, object]) -> list[Json]:
    return objects(entry.get("words"))


def _mean_confidence(words: Sequence[Json]) -> float | None:
    known = [share for word in words if (share := _share(word.get("confidence")))]
    return sum(known) / len(known) if known else None


def _share(value: object) -> float | None:
    number = number_of(value)
    return number if number is not None and 0 < number <= 1 else None


def _positive(seconds: float | None) -> float | None:
    return seconds if seconds is not None and seconds >= 0 else None


def _lines(text: str, place: str) -> Iterator[VconTurn]:
    """``Agent: …`` lines where every labelled line names a role, else the whole text as one turn."""
    lines = [line for line in text.splitlines() if line.strip()]
    matches = [_LABELLED_LINE.fullmatch(line) for line in lines]
    labels = {role_of(match.group(1)) for match in matches if match}
    if len(labels) > 1 and "" not in labels and matches[0]:
        turns: list[VconTurn] = []
        for line, match in zip(lines, matches, strict=True):
            if match:
                turns.append(VconTurn(match.group(2).strip(), place, role_of(match.group(1))))
            else:
                turns[-1] = replace(turns[-1], text=f"{turns[-1].text}\n{line.strip()}")
        yield from turns
    else:
        yield VconTurn(text.strip(), place)


def _labelled(label: str, conversation: Conversation) -> str:
    """The speaker that a label names, "" if it names none."""
    role = role_of(label)
    if role:
        return role
    name = " ".join(label.casefold().split())
    place = next((place for place, party in enumerate(conversation.cast.parties) if name and party.name == name), None)
    return conversation.cast.speaker(place) or ""


def _named(turns: list[VconTurn], conversation: Conversation, dialog: Dialog | None) -> list[VconTurn]:
    """Turns with a speaker wherever the module's rules tell one."""
    voices = list(dict.fromkeys(turn.voice for turn in turns if not turn.speaker))
    places = dialog.parties if dialog else ()
    if len(voices) != 2 or "" in voices or len(places) != 2 or any(turn.speaker for turn in turns):
        return turns
    originator, called = (conversation.cast.speaker(place) or "" for place in places)
    speakers = {voices[0]: called, voices[1]: originator}
    return [replace(turn, speaker=speakers[turn.voice]) for turn in turns]

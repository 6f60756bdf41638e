"""From a text to what a model reads: windows of token numbers, or the reason why there are none."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

#: A text is read up to so many windows and characters, and no further: one delivery error must not hold up a run.
LONGEST_WINDOWS = 128
LONGEST_CHARACTERS = 200_000
#: Texts are tokenised together up to so many texts or characters: bounds memory, changes no score.
_TEXTS_TOGETHER = 8_192
_CHARACTERS_TOGETHER = 4_000_000

#: ``empty``: nothing but white space and control characters. ``no_words``: no word that the model's vocabulary knows
#: (only punctuation, pictures, or a script that it has never seen).
Reason = Literal["empty", "no_words"]

#: What `str.isalnum` says yes to.
_WORD_CHARACTER = re.compile(r"[^\W_]")
_CONTROL_TO_SPACE = dict.fromkeys([*range(32), *range(127, 160)], " ")


@dataclass(frozen=True)
class Windows:
    """What a model reads of one text: windows of token numbers, special tokens included; or why there are none."""

    tokens: tuple[tuple[int, ...], ...]
    reason: Reason | None


class Tokenizer(Protocol):
    """What cutting needs of a tokenizer."""

    @property
    def vocabulary(self) -> Mapping[str, int]:
        """token → number, special ones included."""

    @property
    def special(self) -> frozenset[int]:
        """Numbers of the tokens that stand for no text, and of the unknown one."""

    def windows(self, texts: list[str], longest: int) -> Iterable[tuple[int, Sequence[int]]]:
        """(index of the text, token numbers) of consecutive windows of at most ``longest`` tokens, special ones included."""


class TokenizerFile:
    """A ``tokenizer.json``, read by ``tokenizers`` alone: importing ``transformers`` for it takes longer than a small run's texts."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer as Rust  # noqa: PLC0415  (only scoring needs it)

        self._tokenizer = Rust.from_file(str(path))
        self._tokenizer.no_padding()
        self.vocabulary: Mapping[str, int] = self._tokenizer.get_vocab(with_added_tokens=True)
        added = self._tokenizer.get_added_tokens_decoder()
        self.special = frozenset(number for number, token in added.items() if token.special)

    def windows(self, texts: list[str], longest: int) -> Iterator[tuple[int, Sequence[int]]]:
        self._tokenizer.enable_truncation(longest, stride=0)
        for index, encoding in enumerate(self._tokenizer.encode_batch(texts)):
            yield index, encoding.ids
            for further in encoding.overflowing:
                yield index, further.ids


class TransformersTokenizer:
    """A fast tokenizer of ``transformers``."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.vocabulary: Mapping[str, int] = tokenizer.get_vocab()
        self.special = frozenset(tokenizer.all_special_ids)

    def windows(self, texts: list[str], longest: int) -> Iterator[tuple[int, Sequence[int]]]:
        encoded = self._tokenizer(
            texts,
            truncation=True,
            max_length=longest,
            stride=0,
            return_overflowing_tokens=True,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        yield from zip(encoded["overflow_to_sample_mapping"], encoded["input_ids"], strict=True)


class WindowReader:
    """Cuts texts into windows of the model's length with the model's own tokenizer.

    Parameters:
        tokenizer: the model's own.
        longest: tokens in a window, special ones included.
    """

    def __init__(self, tokenizer: Tokenizer, longest: int) -> None:
        self._tokenizer = tokenizer
        self._longest = longest
        self._is_word = _word_tokens(tokenizer)

    def read(self, texts: Sequence[str]) -> Iterator[list[Windows]]:
        """Windows of the texts, in order, a bounded number of texts at a time."""
        start = 0
        while start < len(texts):
            end, characters = start, 0
            while end < len(texts) and end - start < _TEXTS_TOGETHER and characters < _CHARACTERS_TOGETHER:
                characters += min(len(texts[end]), LONGEST_CHARACTERS)
                end += 1
            yield self._together([cleaned(text) for text in texts[start:end]])
            start = end

    def _together(self, texts: list[str]) -> list[Windows]:
        tokens: list[list[tuple[int, ...]]] = [[] for _ in texts]
        for place, window in self._tokenizer.windows(texts, self._longest):
            if len(tokens[place]) < LONGEST_WINDOWS:
                tokens[place].append(tuple(window))
        return [self._judged(text, windows) for text, windows in zip(texts, tokens, strict=True)]

    def _judged(self, text: str, windows: list[tuple[int, ...]]) -> Windows:
        if not text:
            return Windows((), "empty")
        if not any(character.isalnum() for character in text):
            return Windows((), "no_words")
        if not any(self._is_word[list(window)].any() for window in windows):
            return Windows((), "no_words")
        return Windows(tuple(windows), None)


def cleaned(text: str) -> str:
    """The text as tokenizers can take it: without lone surrogates and control characters, trimmed and cut to length."""
    text = text[:LONGEST_CHARACTERS]
    try:
        text.encode()
    except UnicodeEncodeError:
        # Pairs become the character that they stand for; a lone half stands for nothing.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return text.translate(_CONTROL_TO_SPACE).strip()


def _word_tokens(tokenizer: Tokenizer) -> NDArray[np.bool_]:
    """For each token number: whether it is a piece of a word, and not a special or unknown token."""
    flags = np.zeros(max(tokenizer.vocabulary.values()) + 1, dtype=np.bool_)
    for token, number in tokenizer.vocabulary.items():
        flags[number] = _WORD_CHARACTER.search(token) is not None and number not in tokenizer.special
    return flags

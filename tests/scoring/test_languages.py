"""Language detection: offline, sure where it can be, in doubt where it cannot."""

import socket

import pytest

from pipelines.scoring.languages import detect_languages

PHRASES = {
    "en": ["I have been waiting for my refund for three weeks.", "thanks a lot for your help"],
    "es": ["Llevo tres semanas esperando mi reembolso.", "Quiero hablar con un agente, por favor"],
    "fr": ["Ma commande n'est jamais arrivée.", "Merci beaucoup pour votre aide"],
    "de": ["Meine Bestellung ist nie angekommen.", "Ich möchte mit einem Mitarbeiter sprechen"],
    "it": ["Vorrei parlare con un operatore, per favore"],
    "pt": ["Quero falar com um atendente, fui cobrado duas vezes"],
    "nl": ["Ik wil graag een medewerker spreken"],
    "hi": ["नमस्ते, मेरा ऑर्डर अभी तक नहीं आया है।"],
    "ar": ["مرحبا، طلبي لم يصل أبدا."],
    "zh": ["我的订单一直没有到。"],
    "tl": ["Magandang umaga, hindi pa dumarating ang order ko."],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in PHRASES.items() for text in texts])
def test_sentences_of_customers(code: str, text: str) -> None:
    (language,) = detect_languages([text])
    assert language.code == code


@pytest.mark.parametrize("text", ["", "   ", "12345", "?!", "\U0001f600", "\x00\x01", "\ud800", "ok", "hm"])
def test_too_little_is_in_doubt(text: str) -> None:
    (language,) = detect_languages([text])
    assert language.code is None
    assert 0 <= language.confidence < 0.4


def test_neighbours_do_not_matter() -> None:
    texts = [text for texts in PHRASES.values() for text in texts]
    assert detect_languages(texts) == detect_languages(texts[::-1])[::-1]
    assert detect_languages(texts) == [detect_languages([text])[0] for text in texts]


def test_a_megabyte_and_a_lone_surrogate(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a language detector has no business on the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    long, broken = detect_languages(["I would like to know. " * 50_000, "I would like \udc80 to know."])
    assert long.code == broken.code == "en"

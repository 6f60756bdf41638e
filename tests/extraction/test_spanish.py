"""Spanish is data alone: the same engine, another file."""

import pytest
from builders.found_promises import promises_in, topics_in
from labelled.reading import Due, Promise

PROMISES = {
    "Le abonaremos 20 euros en su cuenta en 3 días hábiles.": Promise(
        "credit", 20.0, "EUR", Due(count=3, unit="business_day")
    ),
    "le abonaremos $12,50 mañana": Promise("credit", 12.5, "USD", Due(count=1, unit="day")),
    "Su reembolso de 1.200 € llegará el 7 de mayo.": Promise("refund", 1200.0, "EUR", Due(date="--05-07")),
    "Un compañero le devolverá la llamada el miércoles.": Promise("callback", due=Due(weekday="wednesday")),
    "Le enviaremos un técnico mañana.": Promise("visit", due=Due(count=1, unit="day")),
    "Ya le he enviado un router nuevo.": Promise("replacement", is_done=True),
    "Vamos a cambiarle el plan hoy mismo.": Promise("plan_change", due=Due(end_of="day")),
    "Le enviaré un correo con la confirmación.": Promise("follow_up"),
}


@pytest.mark.parametrize("text", PROMISES)
def test_promises(text: str) -> None:
    assert promises_in([text], "es") == [[PROMISES[text]]]


@pytest.mark.parametrize(
    "text",
    [
        "No puedo prometerle un abono, no depende de mí.",
        "Si hubiera un error, sería posible un reembolso.",
        "¿Quiere que le reembolsemos 20 euros?",
        "Veo que en marzo se hizo un abono de $20.",
        "Podríamos enviarle un router nuevo.",
        "No le enviaremos un técnico.",
    ],
)
def test_what_is_no_promise(text: str) -> None:
    assert promises_in([text], "es") == [[]]


def test_customers() -> None:
    texts = [
        "¿Me puede pasar con una persona, por favor?",
        "Ya se lo expliqué todo al robot. ¿Otra vez?",
        "Ayer hablé con un agente.",
        "Se rompió otra vez.",
    ]
    assert topics_in(texts, "es") == [{"asks_for_human"}, {"says_it_again"}, set(), set()]


@pytest.mark.parametrize("text", list(PROMISES))
def test_accents_may_be_left_out(text: str) -> None:
    plain = text.translate(str.maketrans("áéíóúüÁÉÍÓÚ", "aeiouuAEIOU"))
    assert promises_in([plain], "es") == promises_in([text], "es")

"""What tells a number apart that is no identifier of a person: money, and what an order or a ticket is called by."""

import re

#: Words that name a number as something else than a person's, in English, Spanish and Portuguese.
_REFERENCE_WORDS = (
    "order|orders|invoice|ticket|reference|ref|case|tracking|confirmation|incident|item|serial|model|product|sku|claim|"
    "policy|transaction|receipt|booking|reservation|shipment|parcel|account|acct|po|amount|total|price|zip|version|isbn|ean|"
    "pedido|orden|factura|fatura|caso|referencia|rastreo|rastreio|protocolo|reserva|seguimiento|guia|envio|producto|produto|"
    "incidencia|transaccion|transacao|monto|importe|valor|precio|preco|cuenta|conta|recibo|boleto|epoch|timestamp"
)
_REFERENCE = re.compile(rf"(?<![a-z])(?:{_REFERENCE_WORDS})(?![a-z])[^.!?\n]{{0,24}}\Z", re.IGNORECASE)
_ID = re.compile(r"(?<![a-z])id(?![a-z])[^.!?\n]{0,24}\Z", re.IGNORECASE)
_PERSONAL_WORD = re.compile(
    r"(?<![a-z])(?:phone|telephone|tel|mobile|cell|cellphone|fax|call|dial|text|sms|whatsapp|reach|telefono|celular|movil|"
    r"telefone|fone|llamar|ligar)(?![a-z])",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(
    r"(?:[$€£¥₹]|(?<![a-z])(?:usd|eur|gbp|inr|brl|mxn|ars|clp|cop|pen|aed|sar|egp|chf|rs\.?|inr))[ ]?\Z", re.IGNORECASE
)
_MONEY_AFTER = re.compile(
    r" ?(?:[$€£¥₹%]|(?:usd|eur|euros?|dollars?|pounds?|pesos?|reais|rupees|soles|dirhams?|riyals?|mxn|cop|clp|brl|inr)(?![a-z]))",
    re.IGNORECASE,
)
_GLUED = re.compile(r"([A-Za-z]{1,20})[_#\-]?\Z")
#: Words that a number may be glued to and still be what it is: "tel2125551234", "id784…".
_GLUE = frozenset(
    [
        "tel",
        "phone",
        "ph",
        "mobile",
        "mob",
        "cell",
        "call",
        "fax",
        "text",
        "sms",
        "whatsapp",
        "wa",
        "number",
        "num",
        "no",
        "nr",
        "nro",
        "id",
        "is",
        "its",
        "at",
        "on",
        "my",
        "es",
        "mi",
        "e",
        "meu",
        "numero",
        "telefono",
        "movil",
        "celular",
        "telefone",
        "fone",
        "cel",
        "fono",
        "contact",
        "ssn",
        "dni",
        "nie",
        "pan",
        "cpf",
        "curp",
        "rfc",
        "rut",
        "cuit",
        "aadhaar",
        "iqama",
        "cedula",
        "bsn",
        "nino",
        "passport",
        "clabe",
        "card",
        "visa",
        "mastercard",
        "amex",
        "tarjeta",
        "cartao",
    ]
)


def is_money(text: str, start: int, end: int) -> bool:
    """Whether a currency stands right before or behind."""
    return bool(_MONEY_BEFORE.search(text, max(0, start - 6), start) or _MONEY_AFTER.match(text, end))


def is_reference(text: str, start: int, *, or_id: bool = False) -> bool:
    """Whether the words before name a number as an order, a ticket or another thing, and not as a phone.

    Args:
        or_id: "id" is such a word, too.
    """
    begin = max(0, start - 40)
    named = _REFERENCE.search(text, begin, start) or (_ID.search(text, begin, start) if or_id else None)
    return named is not None and not _PERSONAL_WORD.search(named.group())


def is_glued(text: str, start: int, *, only_codes: bool = False) -> bool:
    """Whether what stands right before makes it a part of something longer: ``INC2125551234``, ``ORD-…``, ``#…``,
    ``orders/…``.

    Args:
        only_codes: only capitals do; lower-case letters may be a word that lost its blank.
    """
    if text[start - 1 : start] == "#" or (text[start - 1 : start] == "/" and text[start - 2 : start - 1].isalnum()):
        return True
    word = _GLUED.search(text, max(0, start - 21), start)
    if word is None or word[1].lower() in _GLUE:
        return False
    touches = word.end() == word.end(1)
    return word[1].isupper() or (touches and not only_codes)

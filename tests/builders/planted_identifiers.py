"""Made-up identifiers of every kind that redaction knows, with valid check digits, as customers say and write them.

Nothing here is anybody's: numbers are drawn at random and given the check digits that their kind asks for.
"""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass

from stdnum import iban, luhn, verhoeff
from stdnum.ar import cbu, cuit
from stdnum.br import cnpj, cpf
from stdnum.cl import rut
from stdnum.de import idnr
from stdnum.es import ccc, dni, nie
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.mx import curp, rfc
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.us import ssn

Draw = random.Random


def _digits(draw: Draw, count: int, first: str = string.digits) -> str:
    return draw.choice(first) + "".join(draw.choices(string.digits, k=count - 1))


def _letters(draw: Draw, count: int, of: str = string.ascii_uppercase) -> str:
    return "".join(draw.choices(of, k=count))


def _drawn(draw: Draw, make: Callable[[], str], is_valid: Callable[[str], object]) -> str:
    """The first draw that passes a check that can only be tried."""
    while not is_valid(value := make()):
        pass
    return value


def _grouped(value: str, sizes: tuple[int, ...], gaps: str) -> str:
    """``value`` cut into groups, with the characters of ``gaps`` between them (the last one repeats)."""
    parts, place = [], 0
    for number, size in enumerate(sizes):
        parts.append(value[place : place + size])
        place += size
        if number < len(sizes) - 1:
            parts.append(gaps[min(number, len(gaps) - 1)])
    return "".join(parts)


def _date(draw: Draw) -> tuple[str, str, str]:
    return f"{draw.randint(1, 28):02d}", f"{draw.randint(1, 12):02d}", str(draw.randint(1945, 2004))


def _card(draw: Draw) -> list[str]:
    kind, length, sizes = draw.choice(
        (("4", 16, (4, 4, 4, 4)), ("51", 16, (4, 4, 4, 4)), ("37", 15, (4, 6, 5)), ("6011", 16, (4, 4, 4, 4)))
    )
    body = kind + _digits(draw, length - 1 - len(kind))
    number = body + luhn.calc_check_digit(body)
    return [number, *(_grouped(number, sizes, gap) for gap in (" ", "-", "_", "."))]


def _aadhaar(draw: Draw) -> list[str]:
    body = _digits(draw, 11, "23456789")
    number = body + verhoeff.calc_check_digit(body)
    return [number, *(_grouped(number, (4, 4, 4), gap) for gap in (" ", "-", "_"))]


def _pan(draw: Draw) -> list[str]:
    value = f"{_letters(draw, 3)}P{_letters(draw, 1)}{draw.randint(1, 9999):04d}{_letters(draw, 1)}"
    return [value, value.lower(), f"{value[:5]} {value[5:9]} {value[9]}"]


def _cpf(draw: Draw) -> list[str]:
    body = _digits(draw, 9)
    number = _drawn(draw, lambda: body + _digits(draw, 2), cpf.is_valid)
    return [number, cpf.format(number), _grouped(number, (3, 3, 3, 2), " "), _grouped(number, (3, 3, 3, 2), "-")]


def _cnpj(draw: Draw) -> list[str]:
    body = _digits(draw, 8) + "0001"
    number = body + cnpj.calc_check_digits(body)
    return [number, cnpj.format(number)]


def _curp(draw: Draw) -> list[str]:
    day, month, year = _date(draw)
    body = f"{_letters(draw, 1, 'GHJKLMP')}E{_letters(draw, 2, 'BCDFG')}{year[2:]}{month}{day}{draw.choice('HM')}DF{_letters(draw, 3, 'BCDFGHJKLMN')}0"
    value = body + curp.calc_check_digit(body)
    return [value, value.lower()]


def _rfc(draw: Draw) -> list[str]:
    day, month, year = _date(draw)
    body = f"{_letters(draw, 4, 'GHJKLM')}{year[2:]}{month}{day}{_letters(draw, 2, 'ABC123456789')}"
    value = body + rfc.calc_check_digit(body)
    return [value, value.lower(), f"{value[:4]}-{value[4:10]}-{value[10:]}"]


def _dni(draw: Draw) -> list[str]:
    body = _digits(draw, 8, "123456789")
    letter = dni.calc_check_digit(body)
    return [
        body + letter,
        f"{body}-{letter}",
        f"{body[:2]}.{body[2:5]}.{body[5:]}-{letter}",
        f"{body} {letter}",
        (body + letter).lower(),
    ]


def _nie(draw: Draw) -> list[str]:
    body = draw.choice("XYZ") + _digits(draw, 7)
    letter = nie.calc_check_digit(body)
    return [body + letter, f"{body[0]}-{body[1:]}-{letter}"]


def _cuit(draw: Draw) -> list[str]:
    body = "20" + _digits(draw, 8, "123456789")
    number = body + cuit.calc_check_digit(body)
    return [number, _grouped(number, (2, 8, 1), "-"), _grouped(number, (2, 8, 1), " ")]


def _rut(draw: Draw) -> list[str]:
    body = str(draw.randint(5_000_000, 25_000_000))
    digit = rut.calc_check_digit(body)
    return [f"{body}-{digit}", f"{int(body):,}".replace(",", ".") + f"-{digit}"]


def _emirates(draw: Draw) -> list[str]:
    body = f"784{draw.randint(1950, 2005)}{_digits(draw, 7)}"
    number = body + luhn.calc_check_digit(body)
    return [number, *(_grouped(number, (3, 4, 7, 1), gap) for gap in "- ")]


def _saudi(draw: Draw) -> list[str]:
    body = draw.choice(("10", "11", "20", "21", "24")) + _digits(draw, 7)
    return [body + luhn.calc_check_digit(body)]


def _egyptian(draw: Draw) -> list[str]:
    day, month, year = _date(draw)
    return [
        f"{'2' if year < '2000' else '3'}{year[2:]}{month}{day}{draw.choice(('01', '02', '21', '88'))}{_digits(draw, 5)}"
    ]


def _clabe(draw: Draw) -> list[str]:
    body = _digits(draw, 17)
    check = -sum(int(digit) * (3, 7, 1)[place % 3] % 10 for place, digit in enumerate(body)) % 10
    return [f"{body}{check}", _grouped(f"{body}{check}", (3, 3, 11, 1), " ")]


def _cbu(draw: Draw) -> list[str]:
    first, second = _digits(draw, 7), _digits(draw, 13)
    number = first + cbu.calc_check_digit(first) + second + cbu.calc_check_digit(second)
    return [number, _grouped(number, (8, 14), " ")]


def _ccc(draw: Draw) -> list[str]:
    body = _digits(draw, 8) + "00" + _digits(draw, 10)
    number = body[:8] + ccc.calc_check_digits(body) + body[10:]
    return [number, _grouped(number, (4, 4, 2, 10), " ")]


def _iban(draw: Draw) -> list[str]:
    bank = _digits(draw, 18)
    number = f"DE{iban.calc_check_digits('DE00' + bank)}{bank}"
    return [number, iban.format(number), number.lower(), _grouped(number, (4, 4, 4, 4, 4, 2), "-")]


def _nir(draw: Draw) -> list[str]:
    body = f"{draw.choice('12')}{draw.randint(45, 99)}{draw.randint(1, 12):02d}75{_digits(draw, 6)}"
    number = body + nir.calc_check_digits(body)
    return [number, _grouped(number, (1, 2, 2, 2, 3, 3, 2), " ")]


def _bsn(draw: Draw) -> list[str]:
    return [_drawn(draw, lambda: _digits(draw, 9, "123456789"), bsn.is_valid)]


def _steuer_id(draw: Draw) -> list[str]:
    number = _drawn(draw, lambda: _digits(draw, 11, "123456789"), idnr.is_valid)
    return [number, _grouped(number, (2, 3, 3, 3), " ")]


def _pesel(draw: Draw) -> list[str]:
    day, month, year = _date(draw)
    body = f"{year[2:]}{month}{day}{_digits(draw, 4)}" if year < "2000" else f"85{month}{day}{_digits(draw, 4)}"
    return [body + pesel.calc_check_digit(body)]


def _codice_fiscale(draw: Draw) -> list[str]:
    day, _, year = _date(draw)
    body = f"{_letters(draw, 6, 'BCDFGLMNPRS')}{year[2:]}{draw.choice('ABCDEHLMPRST')}{day}H{_digits(draw, 3)}"
    value = body + codicefiscale.calc_check_digit(body)
    return [value, value.lower()]


def _vat(draw: Draw) -> list[str]:
    from stdnum.de import vat  # noqa: PLC0415 - one of many countries

    return ["DE" + _drawn(draw, lambda: _digits(draw, 9, "123456789"), vat.is_valid)]


def _ssn(draw: Draw) -> list[str]:
    value = _drawn(draw, lambda: f"{_digits(draw, 3)}-{_digits(draw, 2)}-{_digits(draw, 4)}", ssn.is_valid)
    return [value, value.replace("-", " "), value.replace("-", "_")]


def _ssn_plain(draw: Draw) -> list[str]:
    return [_ssn(draw)[0].replace("-", "")]


def _nino(draw: Draw) -> list[str]:
    body = f"{_letters(draw, 1, 'ABCEGHJ')}{_letters(draw, 1, 'ABCEHJ')}{_digits(draw, 6)}{_letters(draw, 1, 'ABCD')}"
    return [body, body.lower(), f"{body[:2]} {body[2:4]} {body[4:6]} {body[6:8]} {body[8]}"]


def _upi(draw: Draw) -> list[str]:
    name = _letters(draw, 6, string.ascii_lowercase)
    return [f"{name}@okaxis", f"{name}.{_digits(draw, 2)}@ybl", f"{name}@paytm"]


def _email(draw: Draw) -> list[str]:
    first, last = draw.choice(("ana", "luis", "maria", "kofi")), draw.choice(("lopez", "silva", "smith", "khan"))
    number = draw.randint(10, 99)
    return [
        f"{first}.{last}{number}@example.com",
        f"{first}_{last}{number}@mail.example.org",
        f"{first} @ example.com",
        f"{first}.{last} (at) example (dot) org",
        f"{first}[at]example[dot]com",
    ]


def _spoken_email(language: str) -> Callable[[Draw], list[str]]:
    at, dot, mark = {
        "en": ("at", "dot", "underscore"),
        "es": ("arroba", "punto", "guion bajo"),
        "pt": ("arroba", "ponto", "underline"),
    }[language]

    def spellings(draw: Draw) -> list[str]:
        first, last = draw.choice(("ana", "luis", "joana")), draw.choice(("lopez", "silva", "mendes"))
        return [
            f"{first} {dot} {last} {at} gmail {dot} com",
            f"{first}{draw.randint(10, 99)} {at} hotmail {dot} com",
            f"{first} {mark} {last} {at} yahoo {dot} com",
            f"{first}.{last} {at} outlook.com",
            f"{' '.join(first)} {at} gmail {dot} com",
        ]

    return spellings


def _phone(draw: Draw) -> list[str]:
    line = f"{draw.choice(('212', '415', '617'))}555{_digits(draw, 4)}"
    return [
        line,
        f"({line[:3]}) 555-{line[6:]}",
        f"{line[:3]}.555.{line[6:]}",
        f"+1 {line[:3]} 555 {line[6:]}",
        f"{line[:3]}_555_{line[6:]}",
    ]


def _phone_abroad(draw: Draw) -> list[str]:
    rest = _digits(draw, 6)
    return [
        f"+34 612 {rest[:3]} {rest[3:]}",
        f"0034 612 {rest[:3]} {rest[3:]}",
        f"0034612{rest}",
        f"00971 50 1{rest}",
        f"0055 11 9 8{rest[:3]} {rest[3:]}7",
        f"+91-98{rest[:3]}-{rest[3:]}12",
    ]


_SPOKEN = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "es": ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
    "pt": ["zero", "um", "dois", "três", "quatro", "cinco", "meia", "sete", "oito", "nove"],
}


def _spoken_digits(language: str) -> Callable[[Draw], list[str]]:
    words = _SPOKEN[language]
    double, tens = {
        "en": ("double", "twenty one"),
        "es": ("doble", "treinta y cuatro"),
        "pt": ("duplo", "trinta e quatro"),
    }[language]

    def spellings(draw: Draw) -> list[str]:
        said = [words[int(digit)] for digit in _digits(draw, 9)]
        return [
            " ".join(said),
            ", ".join(said),
            f"{' '.join(said[:4])} {double} {words[0]} {' '.join(said[4:6])}",
            f"{' '.join(said[:3])} {tens} {tens}",
            " ".join([*said[:5], "5", "7", *said[5:]]),
        ]

    return spellings


def _password(draw: Draw) -> list[str]:
    return [
        f"{_letters(draw, 5, string.ascii_lowercase)}{_digits(draw, 3)}",
        f"Xk{_letters(draw, 4)}!q{_digits(draw, 2)}",
    ]


def _code(draw: Draw) -> list[str]:
    number = _digits(draw, 6)
    return [number, f"{number[:3]} {number[3:]}", f"{number[:3]}-{number[3:]}"]


def _pin(draw: Draw) -> list[str]:
    return [_digits(draw, 4), _digits(draw, 4)]


def _birth(draw: Draw) -> list[str]:
    day, month, year = _date(draw)
    return [
        f"{day}/{month}/{year}",
        f"{year}-{month}-{day}",
        f"{day}.{month}.{year}",
        f"{int(day)}-{int(month)}-{year[2:]}",
    ]


def _birth_words(language: str) -> Callable[[Draw], list[str]]:
    def spellings(draw: Draw) -> list[str]:
        day, _, year = _date(draw)
        number = int(day)
        return {
            "en": [
                f"March {number}, {year}",
                f"{number} May {year}",
                f"{number}th of July {year}",
                "may fifth nineteen eighty five",
            ],
            "es": [
                f"{number} de marzo de {year}",
                f"{number} mayo {year}",
                "cinco de mayo de mil novecientos ochenta y cinco",
            ],
            "pt": [
                f"{number} de março de {year}",
                f"{number} de dezembro de {year}",
                "cinco de maio de mil novecentos e oitenta e cinco",
            ],
        }[language]

    return spellings


def _api_key(draw: Draw) -> list[str]:
    def mixed(count: int) -> str:
        return "a1" + _letters(draw, count - 2, string.ascii_letters + string.digits)

    return [
        "AKIA" + _letters(draw, 16, string.ascii_uppercase + string.digits),
        "sk-" + mixed(32),
        "sk_" + "live_" + mixed(24),
        "ghp_" + mixed(36),
        f"eyJ{mixed(20)}.eyJ{mixed(30)}.{mixed(40)}",
        "AIza" + mixed(35),
    ]


def _bearer(draw: Draw) -> list[str]:
    return ["q7" + _letters(draw, 30, string.ascii_letters + string.digits)]


def _ipv4(draw: Draw) -> list[str]:
    return [f"{draw.randint(11, 223)}.{draw.randint(0, 255)}.{draw.randint(0, 255)}.{draw.randint(1, 254)}"]


def _ipv6(draw: Draw) -> list[str]:
    tail = f"{draw.randint(1, 0xFFFF):x}:{draw.randint(0x1000, 0xFFFF):x}"
    return [f"2001:db8::{tail}", f"2001:0db8:85a3:0000:0000:8a2e:{tail}", f"fe80::{tail}:1"]


def _mac(draw: Draw) -> list[str]:
    pairs = [f"{draw.randint(0, 255):02x}" for _ in range(5)] + ["af"]
    return [":".join(pairs), "-".join(pairs).upper()]


def _passport(draw: Draw) -> list[str]:
    return [_letters(draw, 1) + _digits(draw, 8), _digits(draw, 9), _letters(draw, 3) + _digits(draw, 6)]


def _licence(draw: Draw) -> list[str]:
    return [_letters(draw, 1) + _digits(draw, 7), _digits(draw, 8)]


def _identity_card(draw: Draw) -> list[str]:
    number = _digits(draw, 10, "1")
    return [number, f"{int(number):,}".replace(",", ".")]


def _account(draw: Draw) -> list[str]:
    return [_digits(draw, 10), _grouped(_digits(draw, 12), (4, 4, 4), " ")]


def _by_check(pattern: Callable[[Draw], str], is_valid: Callable[[str], object]) -> Callable[[Draw], list[str]]:
    return lambda draw: [_drawn(draw, lambda: pattern(draw), is_valid)]


def _more() -> dict[str, Callable[[Draw], list[str]]]:
    from stdnum.be import nn  # noqa: PLC0415
    from stdnum.fi import hetu  # noqa: PLC0415
    from stdnum.pe import ruc  # noqa: PLC0415
    from stdnum.ro import cnp  # noqa: PLC0415
    from stdnum.se import personnummer  # noqa: PLC0415
    from stdnum.tr import tckimlik  # noqa: PLC0415
    from stdnum.za import idnr as za  # noqa: PLC0415

    return {
        "Turkish identity number": _by_check(lambda draw: _digits(draw, 11, "123456789"), tckimlik.is_valid),
        "South African id": _by_check(lambda draw: f"8{draw.randint(0, 9)}0{draw.randint(1, 9)}1{draw.randint(0, 9)}{_digits(draw, 4)}08{_digits(draw, 1)}", za.is_valid),
        "Romanian CNP": _by_check(lambda draw: f"18{draw.randint(0, 9)}0{draw.randint(1, 9)}1{draw.randint(0, 9)}40{_digits(draw, 4)}", cnp.is_valid),
        "Belgian national number": _by_check(lambda draw: f"85.07.{draw.randint(10, 28)}-{_digits(draw, 3)}.{_digits(draw, 2)}", nn.is_valid),
        "Finnish henkilötunnus": _by_check(lambda draw: f"{draw.randint(10, 28)}0785-{draw.randint(100, 899)}{_letters(draw, 1, 'ABCDEFHJKLMNPRSTUVWXY')}", hetu.is_valid),
        "Swedish personnummer": _by_check(lambda draw: f"85071{draw.randint(0, 9)}-{_digits(draw, 4)}", personnummer.is_valid),
        "Peruvian RUC": _by_check(lambda draw: f"10{_digits(draw, 9)}", ruc.is_valid),
        "Pakistani CNIC": lambda draw: [f"{_digits(draw, 5, '1234567')}-{_digits(draw, 7)}-{_digits(draw, 1, '123456789')}"],
        "bitcoin address": lambda draw: ["bc1q" + _letters(draw, 38, "acdefghjklmnpqrstuvwxyz023456789")],
        "ethereum address": lambda draw: ["0x" + _letters(draw, 40, "abcdef0123456789")],
    }  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of identifier: how it is spelled, the placeholders that are right, and what announces it.

    ``cues``: sentences in English, Spanish and Portuguese with a place for it; None where it needs no cue.
    ``glue``: what it is glued to; "" where it cannot be told without a blank.
    """

    name: str
    placeholders: tuple[str, ...]
    spellings: Callable[[Draw], list[str]]
    cues: tuple[str, ...] | None = None
    glue: tuple[str, ...] = ("id", "number:", "is=")


NO_CUE = (
    "Sure, it is {}, thanks.",
    "I wrote it down: {}.",
    "{}",
    "Claro, es {}, gracias.",
    "Le doy el dato: {}",
    "Pois não, é {}, obrigada.",
)
SPOKEN_EMAIL = (
    "Sure, it is {}, thanks.",
    "{}",
    "Mi correo: {}",
    "Claro, es {}.",
    "Pois não, meu e-mail: {}, obrigada.",
)
_ID, _TAX = ("[national id]",), ("[tax id]", "[national id]")
_SSN_CUES = (
    "My social is {}.", "SSN: {}", "The social security number is {}, yes.", "mi seguro social es {}", "Seguridad social número {}",
    "{} is my social security number.",
)  # fmt: skip
_PASSWORD_CUES = (
    "My password is {}.", "password: {}", "Mi contraseña es {}.", "La clave es {} y no entra.", "Minha senha é {}.", "a senha: {}",
)  # fmt: skip
_CODE_CUES = (
    "The verification code is {}.", "{} is your one-time code.", "I got the code, it says OTP {}", "My code is: {}.",
    "El código de verificación es {}.", "código: {}", "O código de verificação é {}.", "o código é {}",
)  # fmt: skip
_PIN_CUES = ("My PIN is {}.", "pin {}", "The CVV is {}", "Mi pin es el {}", "Meu PIN é {}.", "PIN número {}")
_BIRTH_CUES = (
    "My date of birth is {}.", "DOB: {}", "I was born on {}.", "Mi fecha de nacimiento es el {}.", "Nací el {}.",
    "Minha data de nascimento é {}.", "Nasci em {}",
)  # fmt: skip
_CODE_GLUE, _PIN_GLUE = ("otp", "code:", "OTP="), ("pin", "PIN:", "cvv=")
_DOB_GLUE = ("dob", "DOB:", "born:")


def _language(cues: tuple[str, ...], language: str) -> tuple[str, ...]:
    spanish = ("contraseña", "clave", "código de verificación", "código:", "nacimiento", "Nací", "pin es")
    portuguese = ("Minha", "senha", "Nasci ", "verificação", "o código", "Meu")
    of = {"es": spanish, "pt": portuguese}
    if language == "en":
        return tuple(cue for cue in cues if not any(word in cue for word in (*spanish, *portuguese)))
    return tuple(cue for cue in cues if any(word in cue for word in of[language]))


KINDS = (
    Kind("card", ("[card]",), _card, glue=("card", "card:", "visa", "x")),
    Kind("iban", ("[iban]",), _iban, glue=("iban:", "IBAN", "is=")),
    Kind("aadhaar", _ID, _aadhaar, glue=("id", "aadhaar", "no:")),
    Kind("pan", _TAX, _pan, glue=("pan:", "id=", "is:")),
    Kind("cpf", _ID, _cpf, glue=("cpf", "id", "x")),
    Kind("cnpj", _TAX, _cnpj, glue=("cnpj", "id", "x")),
    Kind("curp", _ID, _curp, glue=("curp:", "id=")),
    Kind("rfc", _TAX, _rfc, glue=("rfc:", "id=")),
    Kind("dni", _ID, _dni, glue=("dni", "id", "no:")),
    Kind("nie", _ID, _nie, glue=("nie:", "id=")),
    Kind("cuit", _TAX, _cuit, glue=("cuit", "id", "x")),
    Kind("rut", _ID, _rut, glue=("rut", "id", "rut:")),
    Kind("emirates id", _ID, _emirates, glue=("id", "eid", "x")),
    Kind("saudi id", _ID, _saudi, glue=("id", "iqama", "no:")),
    Kind("egyptian id", _ID, _egyptian, glue=("id", "x")),
    Kind("clabe", ("[account number]", "[card]"), _clabe, glue=("clabe", "id", "no:")),
    Kind("cbu", ("[account number]",), _cbu, glue=("cbu", "x")),
    Kind("ccc", ("[account number]",), _ccc, glue=("id", "no:")),
    Kind("nir", (*_ID, "[card]"), _nir),
    Kind("steuer-id", _TAX, _steuer_id),
    Kind("pesel", _ID + _TAX, _pesel),
    Kind("codice fiscale", _ID, _codice_fiscale, glue=("cf:", "id=")),
    Kind("vat", _TAX, _vat, glue=("vat:", "iva=")),
    Kind("bsn", _ID, _bsn, ("My BSN is {}.", "burgerservicenummer {}", "Mi documento es {}", "Meu documento é o {}"), ("bsn", "BSN:")),
    Kind("ssn", ("[ssn]",), _ssn, glue=("ssn:", "is=")),
    Kind("ssn undashed", ("[ssn]",), _ssn_plain, _SSN_CUES, ("ssn", "SSN:", "ssn_")),
    Kind("nino", _ID, _nino, glue=("nino:", "id=")),
    Kind("passport", _ID, _passport, ("My passport number is {}.", "Mi pasaporte es {}", "Meu passaporte é o {}"), ("passport:", "passport=")),
    Kind("driving licence", _ID, _licence, ("The driver's license is {}.", "Mi licencia de conducir es {}", "Minha CNH é {}"), ("license number:",)),
    Kind("identity card", _ID, _identity_card, ("My national ID is {}.", "Mi cédula es {}.", "Minha identidade é {}"), ("cedula", "cédula:")),
    Kind("bank account", ("[account number]",), _account, ("My account number is {}.", "Mi número de cuenta es {}", "O número da conta é {}"), ("acct no:",)),
    Kind("upi", ("[upi id]",), _upi, glue=("upi:", "vpa=")),
    Kind("email", ("[email]",), _email, glue=("mail:", "email=")),
    *(Kind(f"email spoken, {lang}", ("[email]",), _spoken_email(lang), SPOKEN_EMAIL, ()) for lang in ("en", "es", "pt")),
    Kind("phone", ("[phone]",), _phone, glue=("tel:", "phone", "tel")),
    Kind("phone abroad", ("[phone]",), _phone_abroad, glue=("tel:", "tel", "whatsapp:")),
    *(Kind(f"digits spoken, {lang}", ("[spoken number]", "[phone]"), _spoken_digits(lang), glue=()) for lang in ("en", "es", "pt")),
    Kind("password", ("[password]",), _password, _PASSWORD_CUES, ("password:", "pwd=", "Password=")),
    Kind("one-time code", ("[code]",), _code, _CODE_CUES, _CODE_GLUE),
    Kind("pin", ("[code]",), _pin, _PIN_CUES, _PIN_GLUE),
    Kind("date of birth", ("[date of birth]",), _birth, _BIRTH_CUES, _DOB_GLUE),
    *(
        Kind(f"date of birth in words, {lang}", ("[date of birth]",), _birth_words(lang), _language(_BIRTH_CUES, lang), ())
        for lang in ("en", "es", "pt")
    ),
    Kind("api key", ("[access key]",), _api_key, glue=("key:", "key=")),
    Kind("bearer token", ("[access key]",), _bearer, ("Authorization: Bearer {}", "api key: {}", "mi token de acceso es {}"), ("secret=",)),
    Kind("ipv4", ("[ip address]",), _ipv4, glue=("ip", "ip:", "ip=")),
    Kind("ipv6", ("[ip address]",), _ipv6, glue=("ip=",)),
    Kind("mac", ("[mac address]",), _mac, glue=("mac=",)),
    *(Kind(name, ("[national id]", "[tax id]", "[account number]"), spellings, glue=("id=", "no:")) for name, spellings in _more().items()),
)  # fmt: skip


def planted(kind: Kind, seed: int) -> list[tuple[str, str, str]]:
    """(sentence, identifier in it, sentence with ``[?]`` in its place), spaced and glued, of one draw of a kind."""
    draw = random.Random(f"{kind.name} {seed}")  # noqa: S311 - the same each time
    rows: list[tuple[str, str, str]] = []
    for value in kind.spellings(draw):
        rows += [(sentence.format(value), value, sentence.format("[?]")) for sentence in kind.cues or NO_CUE]
        rows += [(f"so {glue}{value} ok", value, f"so {glue}[?] ok") for glue in kind.glue]
    return rows


def in_other_digits(text: str, first: str) -> str:
    """The text with its digits in another script, whose zero is ``first``."""
    return text.translate({ord("0") + n: chr(ord(first) + n) for n in range(10)})

"""Promises one by one: kind, amount, due and whether it is done, as a reader writes them down by hand."""

import pytest
from builders.found_promises import promises_in, shipped
from labelled.reading import Due, Promise

from pipelines.extraction import find

KINDS = {
    "I'm taking $12 off this month's bill.": "credit",
    "I have gone and removed that late charge for you.": "credit",
    "I'm waiving this one for you.": "credit",
    "We'll make it right with a voucher, I'm adding a voucher to your account.": "credit",
    "I just processed that refund for you.": "refund",
    "We'll give you your money back.": "refund",
    "Your $200 deposit is on its way to your bank.": "refund",
    "My supervisor will ring you this afternoon.": "callback",
    "someone's going to give you a call": "callback",
    "Your callback is booked for 4 pm.": "callback",
    "a new one should be with you by wednesday": "replacement",
    "We're replacing the unit free of charge.": "replacement",
    "A nurse will come to your home on Wednesday.": "visit",
    "We'll have a guy out there on Monday.": "visit",
    "I'll come back to you tomorrow with an answer.": "follow_up",
    "our billing team will reach out to you by friday": "follow_up",
    "I'm putting you on the cheaper tariff.": "plan_change",
    "Your subscription is now paused.": "plan_change",
}


@pytest.mark.parametrize("text", KINDS)
def test_kinds(text: str) -> None:
    assert [promise.kind for promise in promises_in([text])[0]] == [KINDS[text]]


NONE = (
    "I can refund you $20.",
    "We could send a technician tomorrow.",
    "I won't refund that.",
    "We will not send you a replacement.",
    "Nobody will call you back.",
    "If you return it, we'll refund $20.",
    "We'll refund you $20 if you return it.",
    "We will refund you, unless the card was used.",
    "Shall I send you a new router?",
    "Would you like me to refund $20?",
    "I'll send you a new router, would you like that?",
    "I will move you to the Gold plan. Is that okay?",
    "She said we'd refund $20.",
    "They told you that a new router would be sent.",
    "I understand that you were promised a refund.",
    "You might get a refund.",
    "I'll try to get you a credit.",
    "Let me check if a credit applies.",
    "You need to send us the old router.",
    "Please call us back.",
    "Refunds usually take five days.",
    "Your payment of $70 has been applied to your balance.",
    "We will charge you 80 dollars for the router.",
    "The credit card you gave has expired.",
    "I can see that $70 was credited to your account yesterday.",
    "I'll send the form to my supervisor.",
    "You were moved to the Gold plan by mistake.",
    "It's from a plan that was added last month.",
    "",
    "?",
)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_promise(text: str) -> None:
    assert promises_in([text]) == [[]]


STANDS = (
    "I'll refund you $20, okay?",
    "No problem, I'll refund you $20.",
    "I'll refund you $20, and if I can't reach you I'll leave a message.",
    "You don't have to do anything, I'll refund you $20.",
    "you don't have to do anything i will refund you $20",
    "Let me check if it went through. I'll refund you $20.",
    "I'll check if it went through, and I'll refund you $20.",
    "Do you have the card? I'll refund you $20.",
)


@pytest.mark.parametrize("text", STANDS)
def test_what_another_clause_says_takes_nothing_back(text: str) -> None:
    assert promises_in([text]) == [[Promise("refund", 20.0, "USD")]]


def test_one_turn_may_hold_several() -> None:
    text = "I'll credit you $10 for the outage and send a technician out tomorrow. A colleague will call you on Friday."
    assert promises_in([text])[0] == [
        Promise("credit", 10.0, "USD"),
        Promise("visit", due=Due(count=1, unit="day")),
        Promise("callback", due=Due(weekday="friday")),
    ]


def test_one_thing_said_twice_is_one() -> None:
    assert promises_in(["I'll refund you $20. You'll have the refund of $20 by Friday."])[0] == [
        Promise("refund", 20.0, "USD", Due(weekday="friday"))
    ]
    assert len(promises_in(["I'll refund you $20 today. I'll refund you $30 on Friday."])[0]) == 2


AMOUNTS = {
    "$1,200.50": (1200.5, "USD"),
    "€12.50": (12.5, "EUR"),
    "12,50 €": (12.5, "EUR"),
    "EUR 50": (50.0, "EUR"),
    "50 USD": (50.0, "USD"),
    "A$40": (40.0, "AUD"),
    "CAD 35.00": (35.0, "CAD"),
    "fifty dollars": (50.0, "USD"),
    "fifty cents": (0.5, "USD"),
    "a hundred bucks": (100.0, "USD"),
    "two hundred and fifty-five pounds": (255.0, "GBP"),
    "thirty-two pounds fifty": (32.5, "GBP"),
    "45 dollars and 10 cents": (45.1, "USD"),
    "twelve hundred dollars": (1200.0, "USD"),
    "1.200 euros": (1200.0, "EUR"),
    "74.30": (74.3, None),
    "twenty percent": (None, None),
    "nineteen thirteen dollars": (None, None),
    "$1234567890123": (None, None),
    "$4111111111111111": (None, None),
    "$2125551234": (None, None),
    "$99,999,999.99": (99_999_999.99, "USD"),
    "$100,000,000": (None, None),
}


@pytest.mark.parametrize("said", AMOUNTS)
def test_amounts(said: str) -> None:
    promise = promises_in([f"I will refund you {said} today."])[0][0]
    assert (promise.amount, promise.currency) == AMOUNTS[said]


def test_a_bare_dollar_has_no_currency_and_its_symbol() -> None:
    row = find(shipped(), "en", "server", ["I will refund you $5.", "I will refund you 5 US dollars."]).to_dicts()
    assert [(r["currency"], r["symbol"]) for r in row] == [(None, "$"), ("USD", None)]


BOUND = {
    "I'll waive the activation fee, that's 35 dollars, and your monthly price stays 60.": 35.0,
    "I have applied a credit of $30, so your new balance is $41.": 30.0,
    "There's a $99 fee for the visit, but I've waived it.": 99.0,
    "The fee was $35. I have waived it.": 35.0,
    "I've waived the late fee. That is $35.": 35.0,
    "You'll get a credit of fifty cents for each day, so that's four dollars.": 4.0,
    "I'll credit you $10 and refund the $25.": 10.0,
    "Your balance is $41. I'll waive the late fee.": None,
}


@pytest.mark.parametrize("text", BOUND)
def test_which_sum_is_promised(text: str) -> None:
    assert promises_in([text])[0][0].amount == BOUND[text]


DUES = {
    "within 48 hours": Due(count=48, unit="hour"),
    "within thirty minutes": Due(count=0.5, unit="hour"),
    "in 3 to 5 business days": Due(count=5, unit="business_day"),
    "in 3-5 working days": Due(count=5, unit="business_day"),
    "in the next forty eight hours": Due(count=48, unit="hour"),
    "within a fortnight": Due(count=2, unit="week"),
    "in a couple of days": Due(count=2, unit="day"),
    "today": Due(end_of="day"),
    "tomorrow": Due(count=1, unit="day"),
    "next week": Due(count=1, unit="week"),
    "by Friday": Due(weekday="friday"),
    "by the end of the week": Due(end_of="week"),
    "by the end of the month": Due(end_of="month"),
    "on December 4th": Due(date="--12-04"),
    "by the 22nd of May": Due(date="--05-22"),
    "by 12 August 2027": Due(date="2027-08-12"),
    "on 2026-11-20": Due(date="2026-11-20"),
    "soon": None,
    "in a few days": None,
    "as soon as possible": None,
}


@pytest.mark.parametrize("said", DUES)
def test_dues(said: str) -> None:
    assert promises_in([f"We'll refund you {said}."])[0] == [Promise("refund", due=DUES[said])]


def test_a_due_may_stand_in_the_next_sentence_or_in_front() -> None:
    after, ahead, gone = promises_in(
        [
            "I'll send you a new router. It will take 3 days.",
            "On Friday we'll send you a new router.",
            "I'll send you a new router. Your old one broke on Friday.",
        ]
    )
    assert after[0].due == Due(count=3, unit="day")
    assert ahead[0].due == Due(weekday="friday")
    assert gone[0].due is None


DONE = {
    "I've credited your account with $5.": True,
    "I have issued a refund.": True,
    "Your refund was processed.": True,
    "I'm crediting $5 now.": False,
    "I've submitted a request to refund the $89.": False,
    "I've ordered a replacement for you.": False,
    "I've booked a technician for Friday.": False,
    "I've emailed you the form.": True,
}


@pytest.mark.parametrize("text", DONE)
def test_is_done(text: str) -> None:
    assert [promise.is_done for promise in promises_in([text])[0]] == [DONE[text]]


def test_the_quote_is_the_clause() -> None:
    text = "Sorry for that, I'll refund you $20 by Friday, and you are welcome."
    assert find(shipped(), "en", "server", [text])["quote"].to_list() == ["I'll refund you $20 by Friday"]


def test_a_language_without_patterns_has_no_findings() -> None:
    assert find(shipped(), "xx", "server", ["I'll refund you $20."]).is_empty()


@pytest.mark.parametrize("placeholder", ["[phone]", "[email]", "[card]"])
def test_placeholders_of_the_redaction_are_words(placeholder: str) -> None:
    (found,) = promises_in([f"We'll call you back on {placeholder} tomorrow."])
    assert found == [Promise("callback", due=Due(count=1, unit="day"))]


@pytest.mark.parametrize(
    "text",
    [
        "I see that you can't get in, and which link was sent. Let me continue.",
        "I see that you wrote to us, and which email was sent to you.",
        "I have your file here, and which refund was issued.",
        "I see what was ordered, which replacement was sent, and when it arrived.",
        "I see that you moved, and which of the letters has been posted.",
    ],
)
def test_what_was_sent_is_no_promise(text: str) -> None:
    """An agent who takes over says what is known; that promises nothing."""
    assert find(shipped(), "en", "server", [text]).is_empty()


def test_a_relative_clause_still_promises() -> None:
    found = find(
        shipped(), "en", "server", ["I have issued a refund of $20, which will be credited to your card by Friday."]
    )
    assert not found.is_empty()

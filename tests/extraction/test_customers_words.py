"""Who asks for a person, and who says it again."""

import pytest
from builders.found_promises import shipped, topics_in

from pipelines.extraction import find

HUMAN = (
    "Can I talk to a human, please?",
    "agent",
    "Stop. Representative.",
    "operator operator operator",
    "Get me your supervisor.",
    "I don't want a bot, I want a person.",
    "Could you put me through to the billing department?",
    "look just get me a person ok my account is 4471",
    "i already told the bot can i speak to a human",
)
NO_HUMAN = (
    "Are you a real person?",
    "I don't want to talk to an agent, just tell me my balance.",
    "The representative never called me back.",
    "My husband is a real estate agent.",
    "I want to add a person to my plan.",
    "Please don't transfer me again.",
    "Can you transfer the money to my other account?",
    "who am i speaking to",
)
AGAIN = (
    "I've said this three times now.",
    "like i said the light is red",
    "I already gave that number to the assistant.",
    "Do I have to explain it all again?",
    "This is the third time I'm explaining this.",
    "I keep repeating myself.",
    "I don't want to explain it again.",
    "You asked me that a minute ago.",
)
NOT_AGAIN = (
    "Can you repeat that?",
    "I already restarted it.",
    "It broke again.",
    "The same problem again.",
    "I told my wife about it.",
    "I already told my sister.",
    "You told me it would take two days.",
    "How many times can I change my plan?",
    "I just entered the code and nothing happens.",
    "Once again the internet is down.",
    "It failed for the third time.",
    "He said he'd already spoken to the bank.",
)


@pytest.mark.parametrize("text", HUMAN)
def test_asks_for_a_person(text: str) -> None:
    assert "asks_for_human" in topics_in([text])[0]


@pytest.mark.parametrize("text", AGAIN)
def test_says_it_again(text: str) -> None:
    assert topics_in([text]) == [{"says_it_again"}]


@pytest.mark.parametrize("text", [*NO_HUMAN, *NOT_AGAIN])
def test_says_neither(text: str) -> None:
    assert topics_in([text]) == [set()]


def test_both_in_one_turn_each_with_its_place() -> None:
    text = "I already told the bot all of this, can I just speak to a human? A human!"
    rows = find(shipped(), "en", "customer", [text]).to_dicts()
    assert [(row["topic"], row["place"], row["quote"]) for row in rows] == [
        ("says_it_again", 1, "I already told the bot all of this"),
        ("asks_for_human", 1, "can I just speak to a human"),
        ("asks_for_human", 2, "A human"),
    ]
    assert all(row["kind"] is None and row["is_done"] is None for row in rows)


def test_the_company_asks_for_nobody_and_a_customer_promises_nothing() -> None:
    assert find(shipped(), "en", "server", ["Can I talk to a human, please?"]).is_empty()
    assert find(shipped(), "en", "customer", ["I will refund you $20."]).is_empty()

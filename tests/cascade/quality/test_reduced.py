"""A price and a percentage: what is left is computed, and what is said is held to it."""

# ruff: noqa: RUF001  (texts in other scripts are what is tested)

import pytest

from chat.cascade import decide

RIGHT = {
    "What is 25% off $80?": ["$60", "60", "It's $60.", "$80 - 25% = $60", "You save $20."],
    "How much is 15% off of $1,200.50?": ["$1,020.43"],
    "25% off $80": ["$60"],
    "What does a $80 jacket cost at 25% off?": ["$60", "Sixty dollars"],
    "Was sind 20 % Rabatt auf 80 €?": ["64 €"],
    "Eine Jacke kostet 80 €. Wie viel kostet sie mit 25 % Rabatt?": ["60 €"],
    "¿Cuánto es 25 % de descuento sobre 80 euros?": ["60 euros"],
    "Combien font 25 % de réduction sur 80 € ?": ["60 €"],
    "一件80元的衣服打折25%后多少钱？": ["60元"],
    # Another price is asked, or there is more to it.
    "A shirt costs $60 after 25% off. What did it cost before?": ["$80"],
    "A shirt costs $60 after a 25% discount. What was the original price?": ["$80"],
    "What do two $80 jackets cost at 25% off?": ["$120"],
    "What is 80 - 25%?": ["60", "79.75"],
    "What is 80 + 25%?": ["100"],
}
WRONG = {
    "What is 25% off $80?": ["$100", "$55", "It comes to $100."],
    "What does a $80 jacket cost at 25% off?": ["$100"],
    "Was sind 20 % Rabatt auf 80 €?": ["96 €"],
    "Combien font 25 % de réduction sur 80 € ?": ["100 €"],
    "一件80元的衣服打折25%后多少钱？": ["100元"],
    "What is 80 - 25%?": ["55"],
}


def pairs(told: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(question, draft) for question, drafts in told.items() for draft in drafts]


@pytest.mark.parametrize(("question", "draft"), pairs(RIGHT))
def test_what_is_left_is_kept(question: str, draft: str) -> None:
    decision = decide(question, draft)
    assert decision.accepted, decision


@pytest.mark.parametrize(("question", "draft"), pairs(WRONG))
def test_another_price_is_not(question: str, draft: str) -> None:
    decision = decide(question, draft)
    assert (decision.accepted, decision.reason) == (False, "question_sum")

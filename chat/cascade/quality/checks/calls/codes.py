"""Short forms of names, as tools like them: `USA`, `JPY`, `AAPL`."""

_CURRENCIES = {
    "usd": ("dollar", "$"), "eur": ("euro", "€"), "gbp": ("pound", "£", "sterling"),
    "jpy": ("yen", "¥"), "cny": ("yuan", "renminbi"), "inr": ("rupee", "₹"), "chf": ("franc",),
}  # fmt: skip


def is_code(letters: str) -> bool:
    return 2 <= len(letters) <= 5 and letters.isalpha()


def is_currency_of(code: str, text: str) -> bool:
    """`text` in lower case."""
    return any(name in text for name in _CURRENCIES.get(code, ()))


def shortens(code: str, words: str) -> bool:
    """Whether these words, run together, have the code's letters in their order, or (as with a
    stock's symbol) all of them at their beginning.
    """
    if code[:1] != words[:1]:
        return False
    rest = iter(words)
    return all(letter in rest for letter in code) or set(code) <= set(words[: len(code) + 1])

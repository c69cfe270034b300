"""Whole numbers out of a form, where the page itself needs them; what is saved is judged by the model."""


def whole(text: str, *, digits: int) -> int | None:
    """The number, or None for what is none or has more digits than any good one: int() takes no more than 4,300."""
    return int(text) if len(text) <= digits and text.isascii() and text.isdigit() else None

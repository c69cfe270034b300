"""What a program is told when something goes wrong (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from app.errors import FieldError

PROBLEM_TYPE: Final = "application/problem+json"


def problem_document(status: int, detail: str, errors: Sequence[FieldError] = ()) -> dict[str, object]:
    """The document; `errors` name the fields."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _text(detail),
        "errors": [{"field": _text(one.field), "message": _text(one.message)} for one in errors],
    }


def _text(said: str) -> str:
    """What can be sent: JSON lets a program write halves of characters, and a complaint may repeat them."""
    return said.encode(errors="replace").decode()

"""Submitted form data: names and texts, no files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, HTTPException, Query, Request
from starlette.formparsers import MultiPartException

MOST_FIELDS: Final = 400


@dataclass(frozen=True, slots=True)
class Typed:
    """Submitted fields, the last of each name."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """The text of a field without surrounding spaces; empty for a missing field."""
        return self.values.get(name, "").strip()

    def exactly(self, name: str) -> str:
        """The unchanged text of a field: for passwords."""
        return self.values.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def number(self, name: str) -> int:
        """A number from a hidden field; 0 for any other text."""
        text = self[name]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def typed(request: Request) -> Typed:
    """Read the form of a request, and store it for the confirmation key. Raises 400 for an invalid form."""
    try:
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    except (MultiPartException, UnicodeDecodeError, ValueError) as error:
        raise HTTPException(400, "Invalid form. Reload the page and try again.") from error
    values = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    request.state.sent = urlencode(values)
    return Typed(values)


# A row of checks in a form.
Row = Annotated[int, Query(ge=0, le=20)]
TheForm = Annotated[Typed, Depends(typed)]

"""What came with a POST: names and texts, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, HTTPException, Query, Request
from starlette.formparsers import MultiPartException

MOST_FIELDS: Final = 400


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form, the last one of each name."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """What was typed, without the spaces around it; empty for a field that did not come."""
        return self.values.get(name, "").strip()

    def exactly(self, name: str) -> str:
        """What was typed, to the letter: for passwords."""
        return self.values.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def number(self, name: str) -> int:
        """A number that our own page put into the form; 0 for anything else."""
        text = self[name]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def typed(request: Request) -> Typed:
    """Read the form of a request, and note what was sent. Answers 400 to what is no form."""
    try:
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    except (MultiPartException, UnicodeDecodeError, ValueError) as error:
        raise HTTPException(400, "This is not a form that this panel gave out.") from error
    values = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    request.state.sent = urlencode(values)
    return Typed(values)


# A row of checks in a form.
Row = Annotated[int, Query(ge=0, le=20)]
TheForm = Annotated[Typed, Depends(typed)]

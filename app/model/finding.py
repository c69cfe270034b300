"""A finding of `multihome doctor`: a problem of this machine and its remedy, or a note."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.model.base import domain

Sentence = Annotated[str, Field(max_length=2000)]


class Severity(StrEnum):
    """A problem stops a configured function; a warning may do so, or costs performance. A note needs no action."""

    PROBLEM = "problem"
    WARNING = "warning"
    NOTE = "note"


@domain
class Finding:
    """`code`: the permanent name for programs. `text`: what was found. `remedy`: what to do about it."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    severity: Severity
    text: Sentence
    remedy: Sentence

"""A finding of `multihome doctor`: a problem of this machine, and its remedy."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.model.base import domain

Sentence = Annotated[str, Field(max_length=2000)]


class Severity(StrEnum):
    """A problem stops something that was asked for; a warning may, or costs something."""

    PROBLEM = "problem"
    WARNING = "warning"


@domain
class Finding:
    """`code` names it for programs and never changes; `text` says what is, `remedy` what to do about it."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    severity: Severity
    text: Sentence
    remedy: Sentence

"""Requests a fault on a cable over the lab's socket: one line of JSON, and one in reply.

Requests affect only simulated cables; a panel outside a lab has no such socket.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.errors import MultihomeError
from app.service.worker_client import answer_line
from lab.page.words import LabAnswer

# Longest for a delay, which starts a relay in the cable's namespace.
PATIENCE_S: Final = 5.0
_LONGEST_ANSWER: Final = 65_536
_ANSWER: Final = TypeAdapter(LabAnswer)


class LabRefused(MultihomeError):
    """The lab refused a request or did not reply; the text says why."""


def ask_lab(path: Path, request: Mapping[str, str | float]) -> str:
    """Request an action on a cable; returns the cable's new state in the lab's words. Raises LabRefused."""
    try:
        answer = _ANSWER.validate_json(answer_line(path, request, PATIENCE_S, _LONGEST_ANSWER))
    except OSError as error:
        raise LabRefused(f"The lab does not answer: {error.strerror or error}.") from error
    except ValidationError as error:
        raise LabRefused("The lab's reply cannot be read.") from error
    if not answer.ok:
        raise LabRefused(answer.error or "The lab refused and gave no reason.")
    return answer.summary

"""Asks the lab for a fault on one of its cables, over the lab's own socket: one line of JSON there, one back.

All that can be asked for happens to a simulated cable; a panel outside a lab has no such socket.
"""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.errors import MultihomeError
from app.service.lab_words import LabAnswer

# A delay starts a relay in the cable's namespace, which takes the longest.
PATIENCE_S: Final = 5.0
_LONGEST_ANSWER: Final = 65_536
_ANSWER: Final = TypeAdapter(LabAnswer)


class LabRefused(MultihomeError):
    """The lab did not do what was asked for, or did not answer; the text says why."""


def ask_lab(path: Path, request: Mapping[str, str | float]) -> str:
    """Have the lab do something to a cable; returns the cable's new state in the lab's words. Raises LabRefused."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE_S)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = _ANSWER.validate_json(_line(connection))
    except OSError as error:
        raise LabRefused(f"The lab does not answer: {error.strerror or error}.") from error
    except ValidationError as error:
        raise LabRefused("The lab answered what cannot be read.") from error
    if not answer.ok:
        raise LabRefused(answer.error or "The lab refused without a word.")
    return answer.summary


def _line(connection: socket.socket) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        some = connection.recv(4096)
        if not some or len(received) > _LONGEST_ANSWER:
            raise ConnectionAbortedError("it hung up in the middle of its answer")
        received += some
    return bytes(received)

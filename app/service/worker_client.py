"""Talks to the worker over worker.sock: one line of JSON there, one line back.

It never carries configuration: the worker re-reads the database. The answers are validated like any other input.
"""

import contextlib
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.errors import WorkerRefused, WorkerSilent
from app.model.base import domain
from app.model.client_flows import ClientFlows
from app.model.finding import Finding
from app.model.status import Status, TargetStatus
from app.model.trial import Trial, TrialRequest
from app.model.way import Packet, Way

PATIENCE_S: Final = 1.0
# Whoever saves need not wait for a worker that is busy: the knock is heard later all the same.
WAKE_PATIENCE_S: Final = 0.1
# A trial may have to wait for others before it.
TRIAL_PATIENCE_S: Final = 6.0
# The worker waits 3 s for a name.
NAME_PATIENCE_S: Final = 5.0
# The worker gives the examination 15 s, and another may be before this one.
EXAMINATION_PATIENCE_S: Final = 35.0
_LONGEST_ANSWER: Final = 16_000_000
_AT_A_TIME: Final = 65_536


@domain
class KernelView:
    """What should be in the kernel and what is, in the words of `ip` and `nft`."""

    desired: tuple[str, ...]
    observed: tuple[str, ...]
    pending: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()


def worker_status(path: Path) -> Status:
    """What the worker observes at this moment. Raises WorkerSilent."""
    try:
        return TypeAdapter(Status).validate_json(_ask(path, "status"))
    except ValidationError as error:
        raise WorkerSilent(f"the worker's status cannot be read: {error.errors()[0]['msg']}") from error


def kernel_view(path: Path) -> KernelView:
    """What the worker wants in the kernel and finds there. Raises WorkerSilent."""
    try:
        return TypeAdapter(KernelView).validate_json(_ask(path, "kernel"))
    except ValidationError as error:
        raise WorkerSilent(f"the worker's view of the kernel cannot be read: {error.errors()[0]['msg']}") from error


def probe_once(path: Path, request: TrialRequest, patience_s: float = TRIAL_PATIENCE_S) -> Trial:
    """Run a proposed check once through one gateway; nothing is changed. Raises WorkerSilent, also on a refusal.

    `patience_s`: how long the worker may take beyond the probe's own timeout.
    """
    question = TypeAdapter(TrialRequest).dump_python(request, mode="json")
    try:
        answer = _ask(path, "probe_once", request.timeout_s + patience_s, question)
        return TypeAdapter(Trial).validate_json(answer)
    except ValidationError as error:
        raise WorkerSilent(f"the worker's answer cannot be read: {error.errors()[0]['msg']}") from error


def which_way(path: Path, packet: Packet) -> Way:
    """Which way a new flow from the inside would go at this moment. Raises WorkerSilent, also on a refusal."""
    question = TypeAdapter(Packet).dump_python(packet, mode="json")
    try:
        return TypeAdapter(Way).validate_json(_ask(path, "which_way", question={"packet": question}))
    except ValidationError as error:
        raise WorkerSilent(f"the worker's answer cannot be read: {error.errors()[0]['msg']}") from error


def resolved(path: Path, name: str) -> tuple[str, ...]:
    """The addresses of a name, as this router's name servers know it. Raises WorkerSilent, also where there is none."""
    try:
        found = _ask(path, "resolve", NAME_PATIENCE_S, {"name": name})
        return tuple(TypeAdapter(dict[str, list[str]]).validate_json(found)["addresses"])
    except (ValidationError, KeyError) as error:
        raise WorkerSilent(f"the worker's answer cannot be read: {error}") from error


def client_flows(path: Path, client: str) -> ClientFlows:
    """The flows of a client by ISP, by its name or address. Raises WorkerSilent, also on a refusal."""
    try:
        return TypeAdapter(ClientFlows).validate_json(_ask(path, "client_flows", NAME_PATIENCE_S, {"client": client}))
    except ValidationError as error:
        raise WorkerSilent(f"the worker's answer cannot be read: {error.errors()[0]['msg']}") from error


def targets(path: Path, gateway: int) -> tuple[TargetStatus, ...]:
    """The targets of all checks of a gateway, and how they reply. Raises WorkerSilent."""
    try:
        return TypeAdapter(tuple[TargetStatus, ...]).validate_json(_ask(path, "targets", question={"gateway": gateway}))
    except ValidationError as error:
        raise WorkerSilent(f"the worker's answer cannot be read: {error.errors()[0]['msg']}") from error


def examination(path: Path) -> tuple[Finding, ...]:
    """What on this machine stops or disturbs Multihome, as the worker sees it. Raises WorkerSilent."""
    try:
        return TypeAdapter(tuple[Finding, ...]).validate_json(_ask(path, "doctor", EXAMINATION_PATIENCE_S))
    except ValidationError as error:
        raise WorkerSilent(f"the worker's findings cannot be read: {error.errors()[0]['msg']}") from error


def wake_worker(path: Path) -> None:
    """Tell the worker that there is something new; it would look by itself within a second, so failure is harmless."""
    with contextlib.suppress(WorkerSilent):
        _ask(path, "wake", WAKE_PATIENCE_S)


def worker_runs(path: Path) -> bool:
    """Whether anything listens on the worker's socket, also while it is too busy to answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_S)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True
    return True


def _ask(
    path: Path, command: str, patience_s: float | None = None, question: Mapping[str, object] | None = None
) -> bytes:
    patience_s = patience_s or PATIENCE_S
    try:
        if patience_s > PATIENCE_S:
            # A frozen worker is known after a second, whatever is asked of it.
            answer_line(path, {"command": "status"}, PATIENCE_S)
        answer = answer_line(path, {"command": command, **(question or {})}, patience_s)
    except OSError as error:
        raise WorkerSilent(f"no reply from the worker on {path}: {error}") from error
    with contextlib.suppress(ValueError, AttributeError):
        refusal = json.loads(answer).get("error")
        if refusal is not None:
            raise WorkerRefused(command, str(refusal))
    return answer


def answer_line(path: Path, request: Mapping[str, object], patience_s: float, longest: int = _LONGEST_ANSWER) -> bytes:
    """Send one line of JSON to a socket of ours and return the line that comes back. Raises OSError."""
    received = bytearray()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(patience_s)
        connection.connect(str(path))
        connection.sendall(json.dumps(request).encode() + b"\n")
        while not received.endswith(b"\n"):
            some = connection.recv(_AT_A_TIME)
            if not some or len(received) > longest:
                raise ConnectionAbortedError("it closed the connection in the middle of its reply")
            received += some
    return bytes(received)

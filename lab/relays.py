"""Relays of cables: processes in the closet that delay frames, on kernels without netem.

A cable has at most one, recorded in the lab's directory as `CABLE.relay`. It ends with the lab, like everything in its
namespaces.
"""

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from lab import launch, processes, registry
from lab.errors import LabError
from lab.namespaces import CLOSET
from lab.processes import Process
from lab.topology import Cable


def start(lab: str, cable: Cable, *, delay_ms: float, loss_percent: float) -> None:
    """Start the cable's relay and return when it carries frames; the bridge may still pass frames too.

    Raises LabError on failure.
    """
    near, far = (cable.closet_interface(end) for end in cable.ends)
    child = launch.service(lab, CLOSET, "lab.inside.relay", near, far, str(delay_ms), str(loss_percent))
    relay = processes.adopt(f"relay of {cable.name}", child)
    if not relay.alive:
        msg = f"the relay that was to delay {cable.name} did not start; see {registry.directory(lab)}/relay.log"
        raise LabError(msg)
    _note(lab, cable).write_text(json.dumps(asdict(relay)))


def stop(lab: str, cable: Cable) -> None:
    """End the cable's relay, if it has one; frames in it are lost. Idempotent."""
    note = _note(lab, cable)
    with suppress(FileNotFoundError, ValueError, TypeError):
        processes.end([Process(**json.loads(note.read_text()))], wishes=processes.AT_ONCE)
        note.unlink()


def has_ended(lab: str, cable: Cable) -> bool:
    """Whether the cable should have a relay that is gone: nothing passes any more."""
    try:
        return not Process(**json.loads(_note(lab, cable).read_text())).alive
    except (FileNotFoundError, ValueError, TypeError):
        return False


def _note(lab: str, cable: Cable) -> Path:
    return registry.directory(lab) / f"{cable.name}.relay"

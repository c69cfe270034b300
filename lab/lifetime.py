"""Builds and removes a lab, also after a crash of any part of it."""

import os
from dataclasses import replace

from lab import launch, namespaces, network, processes, registry, rehearsal, router
from lab.errors import AlreadyUp, LabError, NotUp
from lab.panel import loopback_socket
from lab.processes import Process
from lab.registry import Options, Record
from lab.topology import HOST, INTERNET, INTERNET_HOST, Topology, topology


def bring_up(name: str, options: Options, *, owner: Process | None) -> Record:
    """Build lab `name` and return when it is ready; the remains of a crashed one are removed first.

    Raises AlreadyUp if it works. After a failure nothing is left behind.
    """
    _require_root()
    namespaces.checked_lab_name(name)
    with registry.locked(name):
        if _works(name):
            msg = f"lab {name} is up already; take it down first, or choose another name with --name"
            raise AlreadyUp(msg)
        _clear(name)
        try:
            return _build(Record(name, options, registry.boot_id(), owner=owner), plan_of(options))
        except BaseException:
            _clear(name)
            raise


def take_down(name: str) -> None:
    """Remove lab `name`, or the remains of a crash. Raises NotUp if there is nothing."""
    _require_root()
    namespaces.checked_lab_name(name)
    with registry.locked(name):
        if name not in registry.names() and not namespaces.namespaces_of(name):
            raise NotUp(_no_lab(name))
        _clear(name)


def find(name: str) -> Record:
    """The record of lab `name`, which is complete but perhaps broken. Raises NotUp otherwise."""
    _require_root()
    record = registry.read(namespaces.checked_lab_name(name))
    if record is None or not record.ready or record.boot != registry.boot_id():
        raise NotUp(_no_lab(name))
    return record


def plan_of(options: Options) -> Topology:
    """The network for these options. Raises BadRequest for an impossible one."""
    return rehearsal.read(options.export).plan if options.export else topology(options.isps)


def start_office(name: str, plan: Topology) -> Process:
    """Start the traffic behind `host`."""
    clients = ",".join(map(str, plan.clients))
    published = str(registry.directory(name) / "traffic.json")
    office = launch.service(name, HOST, "lab.inside.office", published, clients)
    return processes.adopt("office", office)


def start_control(name: str) -> Process:
    """Start the control socket of the Simulation page, in the closet, so that it always ends with the lab."""
    control = launch.service(name, namespaces.CLOSET, "lab.control", name, str(router.PANEL.uid))
    return processes.adopt("control", control)


def _build(record: Record, plan: Topology) -> Record:
    name, options = record.name, record.options
    # First, so that a port in use is found before anything is built.
    outside = loopback_socket(options.port) if options.panel and not options.bare else None
    if outside is not None:
        options = replace(options, port=outside.getsockname()[1])
        record = replace(record, options=options)
    directory = registry.create(name)
    resolv_conf = directory / "resolv.conf"
    resolv_conf.write_text(f"nameserver {INTERNET_HOST}\n")
    resolv_conf.chmod(0o644)  # independent of the caller's umask: the router's users read it
    # Written at each step, so that the remains of an interrupted build can be found and removed.
    registry.write(record)
    network.build(name, plan)
    internet = processes.adopt("internet", launch.service(name, INTERNET, "lab.inside.internet"))
    record = replace(record, processes=(internet,))
    registry.write(record)
    if outside is not None:
        record = replace(record, processes=(*record.processes, start_control(name)))
        registry.write(record)
    if not options.bare:
        record = replace(record, router=tuple(router.start(name, plan, options, outside)))
        registry.write(record)
    if not (options.bare or options.quiet):
        record = replace(record, processes=(*record.processes, start_office(name, plan)))
    record = replace(record, ready=True)
    registry.write(record)
    if not record.works:
        msg = f"lab {name} did not start; its logs said: {_last_words(name)}"
        raise LabError(msg)
    return record


def _works(name: str) -> bool:
    record = registry.read(name)
    return record is not None and record.works


def _clear(name: str) -> None:
    """Remove everything of lab `name`: processes, namespaces, directory. Idempotent."""
    record = registry.read(name)
    if record is not None and record.boot == registry.boot_id():
        processes.end((*record.processes, *record.router))
    network.destroy(name)
    registry.remove(name)


def _last_words(name: str) -> str:
    logs = sorted(registry.directory(name).glob("*.log"))
    return " ".join(log.read_text(errors="replace").strip()[-500:] for log in logs) or "nothing"


def _no_lab(name: str) -> str:
    others = sorted(registry.names() | namespaces.labs_with_namespaces())
    return f"lab {name} is not up; " + (f"there is: {', '.join(others)}" if others else "there is none")


def _require_root() -> None:
    if os.geteuid() != 0:
        msg = "the lab makes network namespaces and needs root: try sudo"
        raise LabError(msg)

"""A lab as an object: faults, commands inside its machines, its router. `measures.Measures` adds what tests measure."""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Self

from lab import cables, launch, lifetime, network, panel, processes, registry, router
from lab.cables import CableState, Degradation
from lab.errors import BadRequest, CommandFailed, NotUp
from lab.measures import Measures, Protocol
from lab.namespaces import namespace
from lab.registry import Options, Record
from lab.topology import Cable, Isp


class Lab(Measures):
    """A lab that is up, from `up` or `find`. As a context manager it is removed at the end."""

    def __init__(self, record: Record) -> None:
        super().__init__(record.name)
        self.options = record.options
        self.plan = lifetime.plan_of(record.options)
        self.clients = self.plan.clients

    @classmethod
    def up(
        cls,
        name: str = "lab",
        *,
        isps: int = 2,
        port: int = registry.PANEL_PORT,
        blank: bool = False,
        bare: bool = False,
        quiet: bool = False,
        panel: bool = True,
        export: str = "",
        stays: bool = False,
    ) -> Self:
        """Build a lab and return when it is ready. With `port` 0 the panel uses any free port, see `options`.

        With `export`, a document from `multihome export`, it has the network of that router instead of the paper's.
        Unless it `stays`, it belongs to this process: after the end of the process, the next `up` removes it. Raises
        AlreadyUp, or BadRequest for an invalid name or number.
        """
        options = Options(isps=isps, port=port, blank=blank, bare=bare, quiet=quiet, panel=panel, export=export)
        options = replace(options, isps=len(lifetime.plan_of(options).isps))
        owner = None if stays else processes.known("owner", os.getpid())
        return cls(lifetime.bring_up(name, options, owner=owner))

    @classmethod
    def find(cls, name: str = "lab") -> Self:
        """The existing lab of that name. Raises NotUp."""
        return cls(lifetime.find(name))

    @staticmethod
    def remove(name: str) -> None:
        """Remove everything of the lab of that name, including the remains of a crash. Raises NotUp if there is
        nothing.
        """
        lifetime.take_down(name)

    def is_gone(self) -> bool:
        """Whether there is no such lab any more; waits for a removal in progress."""
        with registry.locked(self.name):
            return self.name not in registry.names()

    def down(self) -> None:
        """Remove the lab. Idempotent."""
        with suppress(NotUp):
            lifetime.take_down(self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    @property
    def record(self) -> Record:
        """The lab's record, read now."""
        return lifetime.find(self.name)

    def namespace(self, machine: str) -> str:
        """The name of the network namespace of `machine`. Raises BadRequest if there is no such machine."""
        machines = [each.name for each in self.plan.machines]
        if machine not in machines:
            msg = f"there is no machine {machine}; there is: {', '.join(machines)}"
            raise BadRequest(msg)
        return namespace(self.name, machine)

    def isp(self, number: int) -> Isp:
        """Provider `number`."""
        return self.plan.isps[number - 1]

    # Faults: each takes a cable's name, and returns the monotonic time in ns just before it happened.

    def cut(self, cable: str) -> int:
        """Remove the carrier at both ends."""
        return cables.cut(self.name, self._cable(cable))

    def plug(self, cable: str) -> int:
        """Restore the carrier at both ends."""
        return cables.plug(self.name, self._cable(cable))

    def silence(self, cable: str) -> int:
        """Drop everything while the carrier stays."""
        return cables.silence(self.name, self._cable(cable))

    def restore(self, cable: str) -> int:
        """Remove all faults."""
        return cables.restore(self.name, self._cable(cable))

    def degrade(self, cable: str, degradation: Degradation) -> int:
        """Make the cable lose, slow or delay packets in each direction; `cables` says how a delay is done."""
        return cables.degrade(self.name, self._cable(cable), degradation)

    def cables(self) -> list[CableState]:
        """The state of every cable, and what it carried."""
        return cables.states(self.name, self.plan.cables)

    # Commands inside the machines, as root.

    def run(
        self, machine: str, argv: Sequence[str], *, stdin: str = "", check: bool = True, limit_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run `argv` inside `machine` to its end. With `check`, raises CommandFailed if it fails."""
        with self.spawn(machine, argv, stdin=subprocess.PIPE) as child:
            try:
                output, errors = child.communicate(stdin.encode(), limit_s)
            except BaseException:
                child.kill()
                raise
        done = subprocess.CompletedProcess(list(argv), child.returncode, output.decode(), errors.decode())
        if check and done.returncode != 0:
            msg = f"{machine}: {' '.join(argv)}: {done.stderr.strip() or done.returncode}"
            raise CommandFailed(msg)
        return done

    def spawn(
        self, machine: str, argv: Sequence[str], *, stdin: launch.Stream = subprocess.DEVNULL
    ) -> "subprocess.Popen[bytes]":
        """Start `argv` inside `machine` with its output in pipes. The caller waits for it; `down` ends it at the
        latest.
        """
        self.namespace(machine)
        return launch.start(
            self.name, machine, argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, umask=router.UMASK
        )

    def execute(self, machine: str, argv: Sequence[str]) -> int:
        """Run `argv` inside `machine` on this terminal, with the caller's environment. Returns its exit status.

        It is negative if a signal ended the program. Raises CommandFailed if there is no such program.
        """
        self.namespace(machine)
        env = {**os.environ, **launch.environment(self.name)}
        try:
            child = launch.start(self.name, machine, argv, env=env, stdin=None, umask=router.UMASK, own_session=False)
        except OSError as failure:
            msg = f"{argv[0]}: {failure.strerror}"
            raise CommandFailed(msg) from None
        return child.wait()

    def forward_port(self, isp: int, protocol: Protocol, port: int, to_port: int) -> None:
        """Have provider `isp` forward `port` of its outside address to the balancer's `to_port` on their cable."""
        network.forward_port(self.name, self.isp(isp), protocol, port, to_port)

    def start_office(self) -> None:
        """Start the traffic of `host` in a lab that was built without it."""
        with registry.locked(self.name):
            record = self.record
            registry.write(replace(record, processes=(*record.processes, lifetime.start_office(self.name, self.plan))))

    # The router in it.

    def start_worker(self) -> None:
        """Restart the worker, as the service manager would."""
        with registry.locked(self.name):
            registry.write(self.record.with_router(router.start_worker(self.name)))

    def end_worker(self, *, kill: bool = False) -> None:
        """End the worker and return when it is gone; `kill` uses SIGKILL."""
        workers = [process for process in self.record.router if process.role == "worker"]
        processes.end(workers, wishes=processes.AT_ONCE if kill else processes.POLITELY)

    @property
    def panel_address(self) -> str | None:
        """The panel's URL for a browser on this host; None in a lab without a panel."""
        return f"https://localhost:{self.options.port}" if self.options.panel and not self.options.bare else None

    @property
    def setup_token(self) -> str | None:
        """The setup token of a panel without an administrator; None once there is one."""
        return panel.setup_token(self.name)

    def start_panel(self) -> None:
        """Restart the panel, as the service manager would."""
        with registry.locked(self.name):
            registry.write(self.record.with_router(router.start_panel_again(self.name, self.options.port)))

    def end_panel(self, *, kill: bool = False) -> None:
        """End the panel and return when it is gone."""
        self._end("panel", kill=kill)

    def gateways(self) -> list[router.GatewayState] | None:
        """The gateways as the worker reports them; None if it does not reply."""
        return router.gateways(self.name)

    def _end(self, role: str, *, kill: bool) -> None:
        for process in self.record.router:
            if process.role == role:
                if kill and process.alive:
                    os.kill(process.pid, signal.SIGKILL)
                processes.end([process])

    def _cable(self, name: str) -> Cable:
        found = next((cable for cable in self.plan.cables if cable.name == name), None)
        if found is None:
            msg = f"there is no cable {name}; there is: {', '.join(cable.name for cable in self.plan.cables)}"
            raise BadRequest(msg)
        return found

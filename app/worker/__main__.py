"""`python -m app.worker`: the worker in the foreground, until SIGTERM or SIGINT. Its objects in the kernel stay."""

import asyncio
import contextlib
import logging
import os
import signal
import sys

from app.journal import log_to
from app.kernel.linux import LinuxKernel
from app.paths import state_directory
from app.systemd import Supervisor
from app.worker.single_instance import other_worker
from app.worker.worker import Worker

UMASK = 0o007


async def _work(supervisor: Supervisor) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - we are in it
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end, task, supervisor)
    with contextlib.suppress(asyncio.CancelledError):
        await Worker(LinuxKernel(), state_directory(), supervisor=supervisor).run()


def _end(task: asyncio.Task[object], supervisor: Supervisor) -> None:
    supervisor.end()
    task.cancel()


def main() -> int:
    """Run the worker. Exit status: 0 after SIGTERM or SIGINT, 2 if another worker runs."""
    os.umask(UMASK)
    other = other_worker(state_directory())
    if other is not None:
        print(f"multihome: a worker is already running (pid {other})", file=sys.stderr)
        return 2
    log_to(os.environ, "multihome-worker", logging.INFO)
    supervisor = Supervisor()
    asyncio.run(_work(supervisor))
    return 0


if __name__ == "__main__":
    sys.exit(main())

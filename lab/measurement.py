"""A measuring program inside a machine, as the test that started it sees it."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from lab import launch, stage
from lab.errors import LabError
from lab.waiting import wait_until

T = TypeVar("T")

_END_LIMIT_S: Final = 30.0


class Measurement(Generic[T]):
    """A running measurement; it returns its result when it ends by itself or is stopped.

    As a context manager it is ended on exit, so that a failing test leaves no program behind.
    """

    def __init__(
        self, lab: str, machine: str, module: str, task: Mapping[str, object], read: Callable[[Any], T]
    ) -> None:
        self._name = module
        self._read = read
        self._latest: Any = None
        self._outcome: Any = None
        self._has_outcome = False
        self._child = launch.start(
            lab,
            machine,
            [sys.executable, "-m", f"lab.inside.{module}", json.dumps(task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=stage.CODE,
        )
        self._reader = threading.Thread(target=self._listen, name=f"measurement {module}", daemon=True)
        self._reader.start()

    @property
    def latest(self) -> Any:
        """The newest progress that the program reported; None before the first."""
        return self._latest

    @property
    def ended(self) -> bool:
        """Whether it has ended, by itself or stopped."""
        return not self._reader.is_alive()

    def wait_for(self, condition: Callable[[Any], bool], what: str, limit_s: float = 30.0) -> None:
        """Wait until `condition` holds for the newest progress.

        Raises TimeoutError after `limit_s`, LabError if the measurement ends before.
        """

        def holds() -> bool:
            return self._latest is not None and condition(self._latest)

        wait_until(lambda: holds() or self.ended, what, limit_s)
        if not holds():
            msg = f"{self._name} ended before {what}"
            raise LabError(msg)

    def result(self, limit_s: float = _END_LIMIT_S) -> T:
        """Wait for the program to end by itself and return what it measured. Raises TimeoutError after `limit_s`."""
        self._reader.join(limit_s)
        if self._reader.is_alive():
            msg = f"{self._name} was not done after {limit_s:g} s"
            raise TimeoutError(msg)
        self._finish()
        if not self._has_outcome:
            msg = f"{self._name} ended with status {self._child.returncode} and no result"
            raise LabError(msg)
        return self._read(self._outcome)

    def stop(self) -> T:
        """End the measurement now and return what was measured."""
        self._close_stdin()
        return self.result()

    def _listen(self) -> None:
        for line in self._child.stdout or ():
            news = json.loads(line)
            if "result" in news:
                self._outcome = news["result"]
                self._has_outcome = True
            else:
                self._latest = news["progress"]

    def _close_stdin(self) -> None:
        if self._child.stdin is not None and not self._child.stdin.closed:
            self._child.stdin.close()

    def _finish(self) -> None:
        self._close_stdin()
        self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_stdin()
        self._reader.join(_END_LIMIT_S)
        if self._reader.is_alive():
            self._child.kill()
            self._reader.join()
        self._finish()

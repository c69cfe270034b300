"""The whole suite, most of it as two pytest processes side by side: what `./run test` without words does.

First come the tests marked `exact`, alone. They are held to milliseconds, and the kernel has one lock (rtnetlink's)
and one queue of carrier events for all namespaces: whoever takes a namespace down holds up everybody else's cables.
Then those marked `packets` (conftest.py), and beside them all others at a lower priority (nice), which take the
processor time that is left, of which there is much, as a lab mostly waits. The output of these is shown when they have
ended; the last line counts all together.

With `--retry` (.ci/run) the tests that failed run once more at the end, with nothing beside them. A fault fails twice.
A test that passes then is flaky: it is printed as such, with its first failure, and does not fail the run. A process
that crashed, hung or ran no test at all always fails the run.
"""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from tests.outcomes import Outcomes

NICENESS = "5"
# More failures than this are a fault: to run them again would only delay the answer.
MOST_RETRIED = 60
ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run them all; 0 only if all passed."""
    with TemporaryDirectory(prefix="outcomes-") as directory:
        return Suite(Path(directory), retry="--retry" in sys.argv[1:]).run()


@dataclass
class Suite:
    """One run of all tests below `root`. `records`: a directory for what its processes record."""

    records: Path
    retry: bool
    root: Path = ROOT
    outcomes: list[Outcomes] = field(default_factory=list)
    unsound: list[str] = field(default_factory=list)

    def run(self) -> int:
        """Run them; 0 only if all passed, at the second attempt at the latest with `retry`."""
        started_s = time.monotonic()
        try:
            self._run_all()
            flaky = self._retried() if self.retry else set[str]()
        except KeyboardInterrupt:  # the processes have it from the terminal too, and take down what they made
            return int(signal.SIGINT) + 128
        failed = self._failures().keys() - flaky
        self._summary(flaky, time.monotonic() - started_s)
        return 1 if failed or self.unsound else 0

    def _run_all(self) -> None:
        self._finish("exact", self._start("exact", "-m", "exact"))
        with (self.records / "beside.txt").open("w+") as said:
            beside = self._start_beside(said)
            try:
                self._finish("packets", self._start("packets", "-m", "packets and not exact"))
                if beside.poll() is None:
                    print("The tests beside these are still running.", flush=True)
                beside.wait()
            except KeyboardInterrupt:
                beside.send_signal(signal.SIGINT)
                beside.wait()
                raise
            said.seek(0)
            print("\nBeside these ran:", flush=True)
            self._finish("beside", beside, said)

    def _start(self, name: str, *words: str, before: Sequence[str] = (), **kwargs: object) -> "subprocess.Popen[str]":
        """Start pytest; `name` is its file of outcomes. `words` choose the tests, `before` precedes the command."""
        # The cache knows one run at a time, and two at once would each forget what failed in the other.
        plain = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "tests.outcomes"]
        command = [*before, *plain, "--outcomes", str(self._record(name)), *words]
        whole = {"stdout": subprocess.PIPE, "text": True, "cwd": self.root} | kwargs
        started: subprocess.Popen[str] = subprocess.Popen(command, **whole)  # type: ignore[call-overload]
        return started

    def _start_beside(self, said: IO[str]) -> "subprocess.Popen[str]":
        """Start those beside, in a session of their own.

        Where the kernel schedules by session (sched(7), autogroup), as labs have their own too, it is the session's
        niceness that counts; elsewhere it is the process's.
        """
        words = ("-m", "not packets and not exact")
        nice = ("nice", "-n", NICENESS)
        beside = self._start(
            "beside", *words, before=nice, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
        with suppress(OSError):
            Path(f"/proc/{beside.pid}/autogroup").write_text(NICENESS)
        return beside

    def _finish(self, name: str, process: "subprocess.Popen[str]", said: IO[str] | None = None) -> Outcomes:
        """Print what a process says, wait for its end, and take its outcomes in."""
        with process:
            for line in said or process.stdout or ():
                print(line, end="", flush=True)
        returned, found = process.returncode, Outcomes.read(self._record(name))
        self.outcomes.append(found)
        if not found.is_sound(returned):
            last = next(reversed(found.tests), "none")
            self.unsound.append(f"the tests '{name}' did not end normally (status {returned}; last outcome: {last})")
        return found

    def _failures(self) -> dict[str, str]:
        """The tests that failed the first time, with the text of the failure."""
        return {test: text for one in self.outcomes for test, text in one.failures.items()}

    def _retried(self) -> set[str]:
        """Run what failed once more; those that pass then."""
        first = self._failures()
        if self.unsound or not first:
            return set()
        if len(first) > MOST_RETRIED:
            print(f"\n{len(first)} tests failed: too many to be bad luck, so none runs again")
            return set()
        print(f"\nOnce more, alone: {len(first)} that failed", flush=True)
        second = self._finish("again", self._start("again", *first))
        self.outcomes.remove(second)
        flaky = {test for test in first if second.tests.get(test) == "passed"}
        for test in sorted(flaky):
            print(f"\nFLAKY {test} failed, and passed when it ran once more, alone. Its first failure:\n{first[test]}")
        return flaky

    def _summary(self, flaky: set[str], took_s: float) -> None:
        counts = Counter(
            "flaky" if test in flaky else said for one in self.outcomes for test, said in one.tests.items()
        )
        passed = counts["passed"] + counts["flaky"]
        print()
        for test in sorted(flaky):
            print(f"FLAKY {test}")
        for test in sorted(self._failures().keys() - flaky):
            print(f"FAILED {test}")
        for words in self.unsound:
            print(f"ERROR {words}")
        numbers = (("failed", counts["failed"]), ("error", counts["error"] + len(self.unsound)), ("passed", passed),
                   ("skipped", counts["skipped"]), ("flaky", counts["flaky"]))  # fmt: skip
        words = ", ".join(f"{number} {word}" for word, number in numbers if number) or "0 passed"
        print(f"All together: {words} in {took_s:.0f} s", flush=True)

    def _record(self, name: str) -> Path:
        return self.records / f"{name}.jsonl"


if __name__ == "__main__":
    sys.exit(main())

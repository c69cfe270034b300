"""Runs the doctor in a process of its own, so that its failures, hangs and memory do not affect the loop.

The process has the worker's two capabilities, and needs no more. The panel has none, so it asks the worker.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from app.paths import VARIABLE
from app.worker import clock

# Enough for a large ruleset on a small router.
PATIENCE_S: Final = 15.0
# Requests soon after another get the same answer: an examination costs half a second of a core.
FRESH_S: Final = 5.0
_LONGEST_ANSWER: Final = 4_000_000
_MOST_REFUSALS: Final = 20


class Doctor:
    """Answers `doctor`, one examination at a time. `refused`: what the worker could not do, in sentences."""

    def __init__(self, home: Path, refused: Callable[[], tuple[str, ...]]) -> None:
        self._home = home
        self._refused = refused
        self._turn = asyncio.Lock()
        self._answer = ""
        self._asked_s = -FRESH_S

    async def answer(self, _request: Mapping[str, object]) -> str:
        """The findings as JSON, or `{"error": …}` in a sentence."""
        async with self._turn:
            if clock.now().monotonic_s - self._asked_s >= FRESH_S:
                self._answer = await self._examine()
                self._asked_s = clock.now().monotonic_s
            return self._answer

    async def _examine(self) -> str:
        words = [sys.executable, "-P", "-m", "app.survey", *self._refused()[:_MOST_REFUSALS]]
        try:
            child = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, VARIABLE: str(self._home)},
            )
        except OSError as error:
            return _error(f"this machine could not be examined: {error.strerror}")
        try:
            async with asyncio.timeout(PATIENCE_S):
                said, _ = await child.communicate()
        except TimeoutError:
            return _error(f"examining this machine took more than {PATIENCE_S:g} s")
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode != 0 or len(said) > _LONGEST_ANSWER:
            return _error("this machine could not be examined: run `multihome doctor` as root for the reason")
        return said.decode()


def _error(text: str) -> str:
    return json.dumps({"error": text})

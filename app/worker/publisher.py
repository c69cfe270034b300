"""Publishes status and events: on worker.sock for clients, events also in state.db and the log."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from app.errors import MultihomeError
from app.journal import FIELDS
from app.model.events.event import LOGGED, LoggedEvent, Severity
from app.model.events.kinds import WorkerNews
from app.model.status import Status
from app.plan.render import describe, render
from app.worker import clock
from app.worker.countdown import Countdown
from app.worker.gateways import Gateways
from app.worker.memory import Memory
from app.worker.meter import Meter
from app.worker.reconciler import Outcome
from app.worker.socket import Answer, Server
from app.worker.status import Picture, status

log = logging.getLogger(__name__)

_STATUS: Final = TypeAdapter(Status)
LOOK_AT_MOST_EVERY_S: Final = 0.3
# A full or read-only disk does not recover within a second.
SERVE_AGAIN_S: Final = 5.0
_NOT_YET: Final = json.dumps({"error": "the worker has not read the kernel yet"})
# Journal fields whose names are older than those of the event's fields.
_JOURNAL: Final = {"kind": "EVENT", "number": "GATEWAY"}


class Publisher:
    """Publishes the status and logs events. Answers `status`, `wake` and `kernel`, and passes on the commands of
    `others`.
    """

    def __init__(
        self,
        sock: Path,
        memory: Memory,
        wake: Callable[[], None],
        look: Callable[[], Awaitable[Outcome | None]],
        others: Mapping[str, Answer],
        *,
        boot_id: str,
    ) -> None:
        """`wake` starts another pass; `look` returns what one would find and do; `others` are commands by name."""
        commands = {
            **others,
            "status": self._answer_status,
            "wake": self._answer_wake,
            "kernel": self._answer_kernel,
        }
        self._server = Server(sock, commands, self._greeting)
        self._memory = memory
        self._wake = wake
        self._look = look
        self._status: Callable[[], Status] | None = None
        self._looking = asyncio.Lock()
        self._looked_s = -LOOK_AT_MOST_EVERY_S
        self._seen = ""
        self._started_at = clock.now().wall
        self._boot_id = boot_id

    async def serve(self) -> None:
        """Answer until cancelled. If the socket cannot be created, log that once and retry."""
        told = ""
        while True:
            try:
                await self._server.serve()
            except OSError as error:
                sentence = f"cannot create worker.sock, so the worker accepts no requests: {error.strerror}"
                if sentence != told:
                    self.log(WorkerNews(sentence).logged(clock.now().wall))
                told = sentence
            await asyncio.sleep(SERVE_AGAIN_S)

    def publish(self, picture: Picture, gateways: Gateways, meter: Meter, countdown: Countdown) -> None:
        """Send the status to every subscriber, and keep it for requests."""

        def current() -> Status:
            seen = status(picture, gateways, meter, now=clock.now(), started_at=self._started_at, boot_id=self._boot_id)
            return countdown.shown(seen)

        self._status = current
        if self._server.watched:
            self._server.publish(_line("status", _STATUS.dump_json(current())))

    def log(self, event: LoggedEvent) -> None:
        """Write an event to state.db and the journal, and send it to every open page."""
        self._memory.add_event(event)
        level = logging.INFO if event.severity is Severity.INFO else logging.WARNING
        by = f" (by {event.actor})" if event.actor else ""
        log.log(level, "%s%s", event.text, by, extra={FIELDS: _fields(event)})
        self._server.publish(_line("event", LOGGED.dump_json(event)))

    def _greeting(self) -> str | None:
        return None if self._status is None else _line("status", _STATUS.dump_json(self._status()))

    async def _answer_status(self, _request: Mapping[str, object]) -> str:
        if self._status is None:
            return _NOT_YET
        return _STATUS.dump_json(self._status()).decode()

    async def _answer_wake(self, _request: Mapping[str, object]) -> str:
        self._wake()
        return json.dumps({"ok": True})

    async def _answer_kernel(self, _request: Mapping[str, object]) -> str:
        """The desired and the observed state. Observing takes milliseconds, so simultaneous requests share one
        result.
        """
        if self._status is None:
            return _NOT_YET
        async with self._looking:
            now_s = clock.now().monotonic_s
            if now_s - self._looked_s >= LOOK_AT_MOST_EVERY_S:
                self._seen = await self._seen_now()
                self._looked_s = now_s
            return self._seen

    async def _seen_now(self) -> str:
        try:
            outcome = await self._look()
        except MultihomeError as error:
            return json.dumps({"error": str(error)})
        if outcome is None:
            return json.dumps({"desired": [], "observed": [], "pending": [], "drift": []})
        wanted = outcome.desired
        return json.dumps(
            {
                "desired": render(wanted.state),
                "observed": render(outcome.observed),
                "pending": [f"{one.subject}: {one.reason}" for one in wanted.pending],
                "drift": [describe(change) for change in outcome.changed],
            }
        )


def _fields(event: LoggedEvent) -> dict[str, object]:
    """The fields of the journal entry besides the text."""
    told = {one.name: getattr(event, one.name) for one in fields(event) if one.name not in {"at", "text"}}
    return {_JOURNAL.get(name, name.upper()): None if value == "" else value for name, value in told.items()}


def _line(name: str, body: bytes) -> str:
    return f'{{"{name}":{body.decode()}}}'

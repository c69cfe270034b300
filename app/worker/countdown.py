"""Commit-confirm, carried out: the decision of plan.countdown is stored in state.db before it is applied.

A worker that is killed at any moment leaves enough behind for the next one to take the same course.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.model.config import Config
from app.model.countdown import OnTrial, Returned
from app.model.events.kinds import RevisionReturned
from app.model.facts import Facts
from app.model.status import Status
from app.plan.countdown import Head, Step, course, put_back, taken_over, why_over
from app.store.reader import Newest, Revision
from app.worker import clock
from app.worker.clock import Boot
from app.worker.memory import Memory

log = logging.getLogger(__name__)


class Countdown:
    """Which revision is to be in force. `tell` hears once of every revision given back."""

    def __init__(self, memory: Memory, boot: Boot, tell: Callable[[RevisionReturned], None]) -> None:
        self._memory = memory
        self._boot = boot
        self._tell = tell

    async def choose(self, newest: Newest, look: Callable[[Config], Awaitable[Facts]]) -> Revision:
        """The revision to bring about now; whatever must outlive this process is noted when this returns.

        `look` says how the machine is before a new configuration touches it.
        """
        head = Head(newest.head.number, newest.window_s, newest.confirmed.number)
        known = self._memory.returned
        returned = None if known is None else known.revision
        taking = course(head, self._memory.trial, returned, self._boot.id, self._boot.elapsed_s())
        self._memory.remember_confirmed(newest.confirmed, clock.now().wall)
        match taking.step:
            case Step.BEGIN:
                await self._begin(newest, await look(newest.head.config))
            case Step.RETURN:
                await self.give_back(newest, taking.why)
            case Step.SETTLED if newest.window_s is None:
                await self._forget()
            case _:
                pass
        return newest.head if taking.revision == newest.head.number else newest.confirmed

    async def without(self) -> Revision | None:
        """What to go by while config.db was never read: what is in force, or the confirmed one after a return.

        A trial whose time is over is given back here as anywhere, whether the kernel ever held it or not. A worker that
        was killed right after it gave a revision back may have left it noted as in force.
        """
        trial = self._memory.trial
        why = "" if trial is None else why_over(trial, self._boot.id, self._boot.elapsed_s())
        if trial is not None and why:
            confirmed = self._memory.confirmed
            await self._note_given_back(trial.revision, 0 if confirmed is None else confirmed.number, why)
        return self._memory.in_force if self._memory.returned is None else self._memory.confirmed

    def effective(self, config: Config) -> Config:
        """The configuration to bring about: with what a revision that was rolled back had taken over put back."""
        returned = self._memory.returned
        return config if returned is None or not returned.owed else put_back(config, returned.owed)

    def is_applying(self, revision: Revision) -> bool:
        """Whether this revision is on trial and was never yet in force."""
        trial = self._memory.trial
        return trial is not None and trial.revision == revision.number and trial.in_force_s is None

    @property
    def owes(self) -> bool:
        """Whether there is something to put back, also where nothing is configured."""
        return self._memory.returned is not None and bool(self._memory.returned.owed)

    @property
    def left_s(self) -> float | None:
        """How long the revision on trial has left, never less than nothing; None when none is."""
        trial = self._memory.trial
        return None if trial is None else max(0.0, trial.ends_s - self._boot.elapsed_s())

    def shown(self, status: Status) -> Status:
        """The status with what there is to say of the countdown at this moment."""
        memory = self._memory
        trial, returned, confirmed = memory.trial, memory.returned, memory.confirmed
        status = replace(status, in_force_since=memory.in_force_since, returned=returned)
        if trial is None:
            return status
        in_force_for_s = None if trial.in_force_s is None else self._boot.elapsed_s() - trial.in_force_s
        return replace(
            status,
            on_trial=trial.revision,
            confirm_within_s=self.left_s,
            in_force_for_s=in_force_for_s,
            returns_to=0 if confirmed is None else confirmed.number,
        )

    async def give_back(self, newest: Newest, why: str) -> None:
        """Note that the newest revision is not to stay, and say so. The next choice is the confirmed one."""
        await self._note_given_back(newest.head.number, newest.confirmed.number, why)

    async def _note_given_back(self, number: int, to: int, why: str) -> None:
        trial = self._memory.trial
        owed = () if trial is None else trial.taken
        returned = Returned(revision=number, why=why, at=clock.now().wall, to=to, owed=owed)
        await self._memory.note_returned(returned)
        self._tell(RevisionReturned(number, to, why))

    async def note_in_force(self, revision: Revision) -> None:
        """The kernel holds this revision: from now on its time counts, and nothing is owed any more."""
        trial, returned = self._memory.trial, self._memory.returned
        if trial is not None and self.is_applying(revision):
            await self._memory.note_trial(replace(trial, in_force_s=self._boot.elapsed_s()))
            log.info("revision %d must be confirmed within %d s", revision.number, trial.window_s)
        if returned is not None and returned.owed and revision.number == returned.to:
            await self._memory.note_returned(replace(returned, owed=()))

    async def _begin(self, newest: Newest, facts: Facts) -> None:
        before = newest.confirmed.config
        # A further save: what the one before has taken over is as it made it, and still to be put back.
        known = self._memory.trial.taken if self._memory.trial is not None else ()
        known = tuple(one for one in known if not before.manages(one.name))
        earlier = {one.name for one in known}
        seen = taken_over(newest.head.config, before, facts)
        trial = OnTrial(
            revision=newest.head.number,
            boot_id=self._boot.id,
            window_s=newest.window_s or 0,
            started_s=self._boot.elapsed_s(),
            taken=(*known, *(one for one in seen if one.name not in earlier)),
        )
        if self._memory.returned is not None:
            await self._memory.note_returned(None)
        await self._memory.note_trial(trial)

    async def _forget(self) -> None:
        """Somebody confirmed the revision, or saved a newer one that needs none."""
        if self._memory.trial is not None or self._memory.returned is not None:
            await self._memory.note_returned(None)

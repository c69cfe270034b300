"""Carries out commit-confirm: stores each decision of plan/countdown.py in state.db before it is applied. The limits of
the time are in model/config.py.

So the next worker continues correctly wherever this one was killed.
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
    """Chooses the revision to have in force. `tell` is called once for each revision that is rolled back."""

    def __init__(self, memory: Memory, boot: Boot, tell: Callable[[RevisionReturned], None]) -> None:
        self._memory = memory
        self._boot = boot
        self._tell = tell

    async def choose(self, newest: Newest, look: Callable[[Config], Awaitable[Facts]]) -> Revision:
        """The revision to apply now. What must outlive this process is stored when this returns.

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
        """The revision to apply while config.db could never be read: the one in force, or after a rollback the
        confirmed one.

        A trial whose time is over is rolled back here too, even if it was never in force. A worker that was killed
        right after a rollback may have left the rolled-back revision stored as in force.
        """
        trial = self._memory.trial
        why = "" if trial is None else why_over(trial, self._boot.id, self._boot.elapsed_s())
        if trial is not None and why:
            confirmed = self._memory.confirmed
            await self._note_given_back(trial.revision, 0 if confirmed is None else confirmed.number, why)
        return self._memory.in_force if self._memory.returned is None else self._memory.confirmed

    def effective(self, config: Config) -> Config:
        """The configuration to apply, including the former addresses of interfaces that a rolled-back revision had
        taken over.
        """
        returned = self._memory.returned
        return config if returned is None or not returned.owed else put_back(config, returned.owed)

    def is_applying(self, revision: Revision) -> bool:
        """Whether this revision is on trial and has not been in force yet."""
        trial = self._memory.trial
        return trial is not None and trial.revision == revision.number and trial.in_force_s is None

    @property
    def owes(self) -> bool:
        """Whether addresses still have to be restored, even with an empty configuration."""
        return self._memory.returned is not None and bool(self._memory.returned.owed)

    @property
    def left_s(self) -> float | None:
        """Seconds left for the revision on trial, at least 0; None without one."""
        trial = self._memory.trial
        return None if trial is None else max(0.0, trial.ends_s - self._boot.elapsed_s())

    def shown(self, status: Status) -> Status:
        """The status, completed with the current countdown."""
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
        """Store and log the rollback of the newest revision. `choose` then returns the confirmed one."""
        await self._note_given_back(newest.head.number, newest.confirmed.number, why)

    async def _note_given_back(self, number: int, to: int, why: str) -> None:
        trial = self._memory.trial
        owed = () if trial is None else trial.taken
        returned = Returned(revision=number, why=why, at=clock.now().wall, to=to, owed=owed)
        await self._memory.note_returned(returned)
        self._tell(RevisionReturned(number, to, why))

    async def note_in_force(self, revision: Revision) -> None:
        """Record that this revision is in force: its time starts now, and no addresses have to be restored any more."""
        trial, returned = self._memory.trial, self._memory.returned
        if trial is not None and self.is_applying(revision):
            await self._memory.note_trial(replace(trial, in_force_s=self._boot.elapsed_s()))
            log.info("revision %d must be confirmed within %d s", revision.number, trial.window_s)
        if returned is not None and returned.owed and revision.number == returned.to:
            await self._memory.note_returned(replace(returned, owed=()))

    async def _begin(self, newest: Newest, facts: Facts) -> None:
        before = newest.confirmed.config
        # Another save during a trial: interfaces that the earlier one took over still have to be restored on rollback.
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
        """End the trial: the revision was confirmed, or a newer one needs no confirmation."""
        if self._memory.trial is not None or self._memory.returned is not None:
            await self._memory.note_returned(None)

"""Commit-confirm: decides which revision applies while the newest one may need a confirmation.

A confirmed revision stays. An unconfirmed one is rolled back to the last confirmed revision when its time is over. A
new boot ends the time at once: power-cycling is how a locked-out owner calls for help. The limits of the time are in
app/model/config.py.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Interface

from app.model.config import Config, Interface
from app.model.countdown import OnTrial
from app.model.facts import Facts


class Step(StrEnum):
    """What to do with the newest revision."""

    SETTLED = "settled"  # confirmed, or already rolled back
    BEGIN = "begin"  # new: store when its trial began, then apply it
    TRY = "try"
    RETURN = "return"  # its time is over: store the reason, then apply the confirmed one


@dataclass(frozen=True, slots=True)
class Head:
    """The newest revision, the time that it may wait (None: it is confirmed), and the last confirmed one."""

    number: int
    window_s: int | None
    confirmed: int


@dataclass(frozen=True, slots=True)
class Course:
    """Which revision to apply, what to store first, and for a rollback the reason (a clause)."""

    revision: int
    step: Step
    why: str = ""


def course(head: Head, trial: OnTrial | None, returned: int | None, boot_id: str, now_s: float) -> Course:
    """The course to take. `trial` and `returned`: the stored ones. `now_s`: CLOCK_BOOTTIME of the boot `boot_id`.

    A confirmation outweighs everything stored before: a user who read "confirmed" keeps the change.
    """
    if head.window_s is None:
        return Course(head.number, Step.SETTLED)
    if returned == head.number:
        return Course(head.confirmed, Step.SETTLED)
    if trial is None or trial.revision != head.number:
        return Course(head.number, Step.BEGIN)
    why = why_over(trial, boot_id, now_s)
    return Course(head.confirmed, Step.RETURN, why) if why else Course(head.number, Step.TRY)


def why_over(trial: OnTrial, boot_id: str, now_s: float) -> str:
    """Why the time of a trial is over; empty while it is not."""
    if trial.boot_id != boot_id:
        return "the router restarted before it was confirmed"
    if now_s >= trial.ends_s:
        return f"not confirmed within {trial.window_s} s"
    return ""


def taken_over(config: Config, before: Config, facts: Facts) -> tuple[Interface, ...]:
    """The interfaces that `config` manages and `before` does not, with their present addresses.

    A rollback to `before` alone would leave them as `config` set them, because unmanaged interfaces are not touched.
    """
    taken = []
    for interface in config.interfaces:
        link = facts.link(interface.name)
        if interface.managed and link is not None and not before.manages(interface.name):
            addresses = tuple(dict.fromkeys(a for one in link.addresses if isinstance(a := one.address, IPv4Interface)))
            taken.append(replace(interface, addresses=addresses))
    return tuple(taken)


def put_back(config: Config, owed: tuple[Interface, ...]) -> Config:
    """The configuration that also manages these interfaces, so that they get their former addresses back."""
    names = {one.name for one in owed}
    roles = {one.name: one.role for one in config.interfaces}
    back = (replace(one, role=roles.get(one.name, one.role)) for one in owed)
    return replace(config, interfaces=(*(one for one in config.interfaces if one.name not in names), *back))

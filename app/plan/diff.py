"""diff: the changes that turn the observed state into the desired one, in the order of their phases."""

from collections.abc import Iterable

from app.plan.state import Change, KernelState, Phase, Put, Remove


def diff(want: KernelState, have: KernelState) -> tuple[Change, ...]:
    """The changes in the order of `Phase`; empty exactly when the states agree."""
    changes: list[tuple[Phase, bool, str, tuple[object, ...], Change]] = []
    for one, before in want.unlike(have):
        if before is not None or not one.is_default:
            changes.append((one.put_phase(before), False, one.thing, one.order, Put(one)))
    for one, instead in have.unlike(want):
        phase = one.remove_phase()
        if instead is None and phase is not None:
            changes.append((phase, True, one.thing, one.order, Remove(one)))
    return tuple(change for *_, change in sorted(changes, key=lambda one: one[:4]))


def drifted(changes: Iterable[Change], before: KernelState) -> tuple[Change, ...]:
    """Those of `changes` that repair drift; `before` is what the kernel held after Multihome's last change.

    A repair puts back an object that was in place, or removes one that Multihome did not put there. Changes that
    configuration, facts or verdicts require are not repairs: their object was not there before, or is no longer wanted.
    """
    return tuple(
        change
        for change in changes
        if (change.item in before if isinstance(change, Put) else before.like(change.item) is None)
    )

"""diff: the changes that turn what is observed into what is wanted, in the order of their phases."""

from collections.abc import Iterable

from app.plan.state import Change, KernelState, Phase, Put, Remove


def diff(want: KernelState, have: KernelState) -> tuple[Change, ...]:
    """What to change, in the order of `Phase`; empty exactly when there is nothing to do."""
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
    """Those of `changes` that are due to drift, when `before` is what the kernel held after our last change.

    They only put back what was in place, or take away what nobody here put there. What the configuration, the facts or
    the verdicts asked for anew is not among them: it was not there before, or it is no longer wanted where it was.
    """
    return tuple(
        change
        for change in changes
        if (change.item in before if isinstance(change, Put) else before.like(change.item) is None)
    )

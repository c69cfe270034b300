"""What somebody else did: the changes that only put back what was in place, or take away what nobody here put there."""

from app.plan.state import Address, Change, Item, KernelState, NumberSets, Put, Route, Rule, Sysctl


def drifted(changes: tuple[Change, ...], before: KernelState) -> tuple[Change, ...]:
    """Those of `changes` that are due to drift, when `before` is what the kernel held after our last change.

    What the configuration, the facts or the verdicts asked for anew is not in it, because it was not there before.
    """
    return tuple(change for change in changes if _holds(before, change.item) is isinstance(change, Put))


def _holds(state: KernelState, item: Item) -> bool:
    match item:
        case Address():
            return item in state.addresses
        case Rule():
            return item in state.rules
        case Route():
            return item in state.routes
        case Sysctl():
            return item in state.sysctls
        case NumberSets():
            return item == state.sets
        case _:
            return item == state.ruleset

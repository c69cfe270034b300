"""Previews a change: the kernel changes one by one, and a sentence for people. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import Final

from app.model.choices import OnReturn
from app.model.config import Config, Gateway
from app.model.facts import Facts, attachments
from app.model.leg import LegId
from app.model.verdict import State, Verdict
from app.model.words import counted, either
from app.plan.desired import desired_state
from app.plan.objects.address import Address
from app.plan.objects.sysctl import Sysctl
from app.plan.render import change_lines
from app.plan.ruleset import NumberSets, Ruleset
from app.plan.state import Change, Desired, KernelState, Put, diff
from app.service.check_trials import CheckAnswer
from app.service.compare import FieldChange, field_changes
from app.service.contact import Contact, contact


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do now. `changes` are lines in the words of ip, sysctl and nft, in the order of their doing.

    An ISP that was never asked yet is taken for one that will answer. `pending` is what the machine cannot hold now.
    `answers`: what the new health checks answered, if somebody ran them.
    """

    sentence: str
    changes: tuple[str, ...]
    fields: tuple[FieldChange, ...]
    pending: tuple[str, ...] = ()
    contact: Contact = field(default_factory=Contact)
    answers: tuple[CheckAnswer, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to think about before saying yes."""
        falls = (f"{one.attempt.through} would go down: {one.sentence}" for one in self.answers if one.would_fall)
        return (*filter(None, (self.contact.warning,)), *falls)


_EXPECTED: Final = Verdict(
    state=State.UNKNOWN, reason="not probed yet", since=datetime.fromtimestamp(0, UTC), carries=True
)


def preview(
    before: Config, after: Config, facts: Facts, verdicts: Mapping[LegId, Verdict], local: IPv4Address | None = None
) -> Preview:
    """What changing `before` to `after` would do to this machine. `local`: our address that the request came to."""
    then, now = _state(before, facts, verdicts), _state(after, facts, verdicts)
    have = _held(then, now, facts)
    changes = diff(now.state, have)
    return Preview(
        sentence=" ".join(_sentences(before, after, facts, (then, now), changes)),
        changes=change_lines(changes, have),
        fields=field_changes(before, after),
        pending=tuple(f"{one.subject}: {one.reason}" for one in now.pending),
        contact=Contact() if local is None else contact(before, after, facts, local),
    )


def _state(config: Config, facts: Facts, verdicts: Mapping[LegId, Verdict]) -> Desired:
    """What a configuration means once its new ISPs have answered."""
    hopeful = {leg: verdicts.get(leg, _EXPECTED) for leg in config.legs}
    return desired_state(config, facts, hopeful)


def _held(then: Desired, now: Desired, facts: Facts) -> KernelState:
    """What the kernel holds of what the change is about: an interface taken over is as it was found."""
    managed = now.scope.managed
    found = (
        Address(link.name, one.address)
        for link in facts.links
        if link.name in managed - then.scope.managed
        for one in link.addresses
    )
    kept = (one for one in then.state if not isinstance(one, Address) or one.interface in managed)
    # Settings that nobody is to look after any more stay as they are.
    watched = (one for one in kept if not isinstance(one, Sysctl) or one.path in now.scope.sysctls)
    return KernelState([*found, *watched])


def _sentences(
    before: Config, after: Config, facts: Facts, meant: tuple[Desired, Desired], changes: tuple[Change, ...]
) -> Iterator[str]:
    then, now = meant
    if before == after:
        yield "Nothing changes."
        return
    yield _shares(after, now)
    yield _counts(changes, then.state)
    yield from _moved(before, after, facts, then, now)


def _shares(config: Config, desired: Desired) -> str:
    """How new connections are spread."""
    used = [one for number in desired.members if (one := config.gateway(number)) is not None]
    if not config.gateways:
        return "No ISP is configured."
    if not used:
        return "No ISP can be used now."
    total = sum(one.weight for one in used)
    shares = ", ".join(f"{100 * one.weight / total:.0f} % {one.name}" for one in used)
    worse = "" if desired.usable else " (none is known to work)"
    return f"New connections: {shares}{_standing_by(config, desired)}{worse}."


def _standing_by(config: Config, desired: Desired) -> str:
    """Who takes over when these are down."""
    resting = [one.name for number in desired.standby if (one := config.gateway(number)) is not None]
    return f"; {' and '.join(resting)} {either(len(resting), 'is', 'are')} on standby" if resting else ""


def _counts(changes: tuple[Change, ...], have: KernelState) -> str:
    """How many objects of each kind, in words: `1 route replaced, 2 rules added`."""
    in_nftables = [change for change in changes if isinstance(change.item, Ruleset | NumberSets)]
    counts = Counter((change.item.thing, _verb(change, have)) for change in changes if change not in in_nftables)
    said = [f"{counted(n, thing)} {verb}" for (thing, verb), n in counts.items()]
    if in_nftables:
        said.append("nftables rules changed")
    return f"{', '.join(said)}." if said else "The kernel state does not change."


def _verb(change: Change, have: KernelState) -> str:
    if isinstance(change.item, Sysctl):
        return "set"
    if isinstance(change, Put):
        return "added" if have.like(change.item) is None else "replaced"
    return "removed"


def _moved(before: Config, after: Config, facts: Facts, then: Desired, now: Desired) -> Iterator[str]:
    """What becomes of connections that run now."""
    cut = [one.name for one in before.gateways if _loses_its_way(one, before, after, facts)]
    dead = _dead(now) - _dead(then)
    cut += [one.name for one in after.gateways if one.number in dead and one.name not in cut]
    drained = [
        one.name
        for one in after.gateways
        if not one.enabled and one.name not in cut and (old := before.gateway(one.number)) is not None and old.enabled
    ]
    back = [one.name for one in after.gateways if one.number in _giving_back(after, now) - _giving_back(before, then)]
    if cut:
        yield f"Running connections through {' and '.join(cut)} end."
    if back:
        yield f"Running connections through {' and '.join(back)} move to the ISPs that carry new connections."
    if drained:
        yield f"Running connections through {' and '.join(drained)} continue until they end."
    if not cut and not drained and not back:
        yield "Running connections stay on their ISP."


def _dead(desired: Desired) -> frozenset[int]:
    return frozenset(number for one in desired.state.of(NumberSets) for number in one.dead)


def _giving_back(config: Config, desired: Desired) -> frozenset[int]:
    """The backups that stand by and let go of their flows."""
    return frozenset(
        one.number for one in config.gateways if one.on_return is OnReturn.MOVE_BACK and one.number in desired.standby
    )


def _loses_its_way(gateway: Gateway, before: Config, after: Config, facts: Facts) -> bool:
    """Whether a gateway's connections have nowhere to come back to: it is gone, or has another address or interface."""
    changed = after.gateway(gateway.number)
    if changed is None:
        return True
    old, new = attachments(gateway, before, facts), attachments(changed, after, facts)
    if gateway.interface != changed.interface:
        return True
    return any(old[family].source != new[family].source for family in old.keys() & new.keys())

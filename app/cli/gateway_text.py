"""The gateways in the words of the paper's console (section III), and the same for programs. Pure."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import TypeAdapter

from app.cli.observed import Observed
from app.model.config import Config, Failover, Gateway
from app.model.facts import attachment
from app.model.family import IPAddress, family_of
from app.model.leg import Leg, LegId
from app.model.verdict import State
from app.store.reader import Revision

_GATEWAY: Final = TypeAdapter(Gateway)
_FAILOVER: Final = TypeAdapter(Failover)


def lines(config: Config, observed: Observed) -> Iterator[str]:
    """What `config gateway show` prints: two lines for each leg of a gateway, one for failover."""
    for one, (gateway, leg) in config.legs.items():
        attached = attachment(gateway, leg.family, config, observed.facts)
        next_hop: IPAddress | None = leg.address
        if next_hop is None and not isinstance(attached, str):
            next_hop = attached.next_hop
        enabled = "enabled" if gateway.enabled else "disabled"
        state = f" (down: {reason})" if gateway.enabled and (reason := _why_down(one, observed)) else ""
        state = " (standby)" if one in observed.standby else state
        name = "" if gateway.name == f"ISP {gateway.number}" else f" {gateway.name}"
        yield f"Default gateway [{gateway.number}]{name}: {next_hop or 'auto'} ({gateway.interface}) ({enabled}){state}"
        tier = "" if gateway.tier == 1 else f" tier {gateway.tier}"
        yield f"weight {gateway.weight} src {_source(gateway, leg, config, observed) or 'none'}{tier}"
    yield f"Failover: {failover_text(config.settings.failover)}"


def failover_text(failover: Failover) -> str:
    """`(link monitor) (every 2s)`, or `(off)`."""
    if not failover.enabled:
        return "(off)"
    checks = ", ".join(check.describe() for check in failover.checks) or "link monitor"
    return f"({checks}) (every {failover.timing.interval_s:g}s)"


def as_json(head: Revision, observed: Observed) -> dict[str, Any]:
    """The same for programs. `state` and `reason` are None where the worker has not said anything."""
    return {
        "revision": head.number,
        "gateways": [_gateway_json(one, head.config, observed) for one in head.config.legs],
        "failover": _FAILOVER.dump_python(head.config.settings.failover, mode="json"),
    }


def _gateway_json(one: LegId, config: Config, observed: Observed) -> dict[str, Any]:
    gateway, leg = config.legs[one]
    verdict = observed.verdicts.get(one)
    fields: dict[str, Any] = _GATEWAY.dump_python(gateway, mode="json")
    return {
        **fields,
        "source": _source(gateway, leg, config, observed),
        "state": None if verdict is None else verdict.state.value,
        "reason": None if verdict is None else verdict.reason,
        "standby": one in observed.standby,
    }


def _source(gateway: Gateway, leg: Leg, config: Config, observed: Observed) -> str | None:
    """Our address towards a gateway: as it is, or while its interface is away as it will be."""
    attached = attachment(gateway, leg.family, config, observed.facts)
    if not isinstance(attached, str):
        return str(attached.source)
    if leg.source is not None:
        return str(leg.source)
    interface = config.interface(gateway.interface)
    every = () if interface is None else interface.addresses
    own = (one for one in every if family_of(one) is leg.family)
    return next((str(one.ip) for one in own if leg.address is None or leg.address in one.network), None)


def _why_down(leg: LegId, observed: Observed) -> str | None:
    verdict = observed.verdicts.get(leg)
    return verdict.reason if verdict is not None and verdict.state is State.DOWN else None

"""The local state of a gateway, before any probe: device, carrier, address, next hop."""

from dataclasses import dataclass

from app.model.config import Config, Gateway
from app.model.facts import Attachment, Facts, attachment
from app.model.family import Family, IPAddress
from app.model.status import LayerStatus
from app.model.verdict import Layer


@dataclass(frozen=True, slots=True)
class Situation:
    """A gateway's link, address and next hop. `fault` None: it can be probed; else the failed layer, described by
    `text`.

    `next_hop_answers`: the result of ARP; None without one, or without a next hop. It explains a failure and never
    causes one.
    """

    interface: str
    fault: Layer | None = None
    text: str = ""
    source: IPAddress | None = None
    next_hop: IPAddress | None = None
    next_hop_answers: bool | None = None

    def layers(self) -> tuple[LayerStatus, ...]:
        """The layers below the checks, from the cable up to the first that fails."""
        if self.fault is Layer.CARRIER:
            return (LayerStatus(layer=Layer.CARRIER, text=self.text, ok=False),)
        carrier = LayerStatus(layer=Layer.CARRIER, text=f"carrier on {self.interface}", ok=True)
        if self.fault is Layer.ADDRESS:
            return (carrier, LayerStatus(layer=Layer.ADDRESS, text=self.text, ok=False))
        address = LayerStatus(layer=Layer.ADDRESS, text=f"address {self.source}", ok=True)
        if self.next_hop is None:
            return (carrier, address)
        text = self.next_hop_text if self.next_hop_answers is False else f"next hop {self.next_hop}"
        return (carrier, address, LayerStatus(layer=Layer.NEXT_HOP, text=text, ok=self.next_hop_answers))

    @property
    def next_hop_text(self) -> str:
        """The reason shown when a check fails and the next hop does not reply either."""
        return f"next hop {self.next_hop} does not reply (ARP)"


def situation(gateway: Gateway, family: Family, config: Config, facts: Facts) -> Situation:
    """The situation of `gateway` in this family, from the observed facts."""
    name = gateway.interface
    link = facts.link(name)
    found = attachment(gateway, family, config, facts)
    if link is None or not link.up:
        return Situation(interface=name, fault=Layer.CARRIER, text=str(found))
    if not link.carrier:
        return Situation(interface=name, fault=Layer.CARRIER, text=f"no carrier on {name}")
    match found:
        case str(text):
            return Situation(interface=name, fault=Layer.ADDRESS, text=text)
        case Attachment(next_hop=next_hop, source=source):
            neighbor = None if next_hop is None else facts.neighbor(name, next_hop)
            answers = None if neighbor is None else not neighbor.failed
            return Situation(interface=name, source=source, next_hop=next_hop, next_hop_answers=answers)

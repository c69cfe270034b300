"""Route lookup: the packet from typed fields, and the worker's answer in sentences."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from app.errors import FieldError, InvalidConfig, WorkerRefused
from app.model.client_flows import ClientFlows
from app.model.config import Config
from app.model.way import Packet, Way
from app.model.words import counted
from app.service.fields import made
from app.service.worker_client import resolved

_NUMBERS = ("source_port", "destination_port", "dscp")


def with_addresses(typed: Mapping[str, str | None], worker_sock: Path) -> tuple[dict[str, str | None], list[str]]:
    """The typed fields with an address in place of each name, and a sentence for each: `www.test is 198.51.100.7`.

    Raises InvalidConfig under the name of the field.
    """
    found, said = dict(typed), []
    for field in ("source", "destination"):
        name = (typed.get(field) or "").strip()
        if not any(letter.isalpha() for letter in name) or ":" in name:
            continue
        try:
            addresses = resolved(worker_sock, name)
        except WorkerRefused as refused:
            raise InvalidConfig(FieldError(field, refused.reason)) from refused
        found[field] = addresses[0]
        more = f" (and {counted(len(addresses) - 1, 'other address')})" if len(addresses) > 1 else ""
        said.append(f"{name} is {addresses[0]}{more}.")
    return found, said


def client_text(found: ClientFlows, config: Config) -> Iterator[tuple[str, list[str]]]:
    """The flows of a client: for each ISP a sentence, and its servers as `3 × tcp 198.51.100.7 port 443`."""
    for one in found.isps:
        gateway = None if one.gateway is None else config.gateway(one.gateway)
        name = "no ISP" if one.gateway is None else f"gateway {one.gateway}" if gateway is None else gateway.name
        servers = [
            f"{each.flows} × {each.protocol} {each.server}{'' if each.port is None else f' port {each.port}'}"
            for each in one.servers
        ]
        rest = one.flows - sum(each.flows for each in one.servers)
        yield f"{counted(one.flows, 'connection')} through {name}", servers + ([f"{rest} more"] if rest else [])


def packet_of(typed: Mapping[str, str | None]) -> Packet:
    """The packet to look up, by the names of its fields; an empty field is unknown.

    Only its mark for quality is then none, as with nearly everything that is sent, and its protocol tcp: or every
    answer would be a guess as soon as one rule asks for a mark. Raises InvalidConfig under those names.
    """
    values = {name: text.strip() for name, text in typed.items() if text is not None and text.strip()}
    numbers = {name: int(text) for name in _NUMBERS if _is_number(text := values.get(name, ""))}
    return made(Packet, {"protocol": "tcp", "dscp": 0, **values, **numbers}, "")


def answer(way: Way, config: Config) -> str:
    """Where it goes, in one sentence; `decided` says why."""
    if way.refused:
        return "It is refused."
    if way.gateway is None:
        return "It is not sent through any ISP."
    gateway = config.gateway(way.gateway)
    name = f"gateway {way.gateway}" if gateway is None else gateway.name
    perhaps = "It leaves" if way.exact else "It probably leaves"
    seen = "with its own address" if way.source is None else f"and its public source is {way.source}"
    return f"{perhaps} by {name} {seen}."


def decided(way: Way, config: Config) -> str:
    """Which rule decided, with its place in the list, and why it goes there."""
    why = f"{way.reason[:1].upper()}{way.reason[1:].rstrip('.')}."
    if way.rule is None:
        return why
    for place, rule in enumerate(config.rules, start=1):
        if rule.number == way.rule:
            return f"Decided by {rule.name}, place {place} in the list. {why}"
    return f"Decided by a rule that no longer exists. {why}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10

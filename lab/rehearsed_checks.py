"""The targets of checks in an exported configuration, and whether the lab's Internet can reply for them."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any, Final
from urllib.parse import urlsplit

from lab.inside import dns, echo, web
from lab.topology import INTERNET_NETWORK

_TCP_PORTS: Final = frozenset({echo.PORT, web.PORT})
_PAGES: Final = frozenset({"", "/", "/generate_204", "/redirect", "/download"})


def targets(document: Mapping[str, Any]) -> tuple[tuple[IPv4Address, ...], list[str]]:
    """The additional addresses that the lab's Internet host needs, and the targets that cannot reply, in sentences.

    Every name resolves to the Internet host anyway, so only addresses matter.
    """
    addresses: dict[IPv4Address, None] = {}
    notes: dict[str, None] = {}
    for check in _checks(document):
        for address in _addresses(check):
            if address not in INTERNET_NETWORK:
                addresses[address] = None
        notes |= dict.fromkeys(_unanswered(check))
    taken = _routers_own(document)
    return tuple(address for address in addresses if address not in taken), list(notes)


def _checks(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from document.get("settings", {}).get("failover", {}).get("checks", ())
    for gateway in document["gateways"]:
        yield from gateway.get("checks") or ()


def _addresses(check: Mapping[str, Any]) -> Iterator[IPv4Address]:
    for word in (*check.get("targets", ()), check.get("address"), urlsplit(str(check.get("url", ""))).hostname):
        try:
            yield IPv4Address(word)
        except ValueError:
            continue  # a name, or nothing


def _routers_own(document: Mapping[str, Any]) -> set[IPv4Address]:
    """The next hops, which reply themselves."""
    return {IPv4Address(one["address"]) for one in document["gateways"] if one.get("address") is not None}


def _unanswered(check: Mapping[str, Any]) -> Iterator[str]:
    kind, port = check.get("kind"), check.get("port", dns.PORT)
    if kind == "tcp" and port not in _TCP_PORTS:
        yield f"nothing answers on TCP port {port} in the lab: that check will fail"
    elif kind == "udp" and port not in (dns.PORT, echo.PORT):
        yield f"nothing answers on UDP port {port} in the lab: that check will fail"
    elif kind == "udp" and (check.get("query_type", "A") != "A" or check.get("payload")):
        yield "the lab's name server knows A records and nothing else: a check for other answers will fail"
    elif kind == "http":
        yield from _unanswered_page(check)


def _unanswered_page(check: Mapping[str, Any]) -> Iterator[str]:
    url = urlsplit(str(check["url"]))
    if url.scheme != "http" or url.port not in (None, web.PORT):
        yield f"the lab's Internet speaks HTTP on port {web.PORT} only: the check of {check['url']} will fail"
    elif url.path not in _PAGES or check.get("contains"):
        yield f"the lab's web server has none of the pages of {url.hostname}: the check of {check['url']} may fail"

"""Checks: the ways to probe whether a gateway works, one class for each layer (numbered in section V of the paper).

A kind of check is one class: its settings, its layer, its words, and warnings that need no probe. The module `prober`
in app/probe sends it. Add the class to `Check` below, and forms, console, API, database and docs/settings.md have it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, get_args

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.model.about import About, settings_of
from app.model.base import Host, HostAddress, Listed, Port, domain
from app.model.url import http_url, server_of
from app.model.verdict import Layer

__all__ = [
    "KINDS", "MOST_CHECKS", "Check", "Checks", "HttpCheck", "IcmpCheck", "Kind", "LinkCheck", "TcpCheck", "UdpCheck",
]  # fmt: skip

Hosts = Annotated[tuple[Host, ...], Field(min_length=1, max_length=8), Listed]
Quorum = Annotated[int, Field(ge=1, le=8)]
Bounded = Annotated[str, StringConstraints(max_length=256)]
Url = Annotated[str, StringConstraints(max_length=2048), AfterValidator(http_url)]


def _hexadecimal(text: str) -> str:
    if len(text) % 2 or not all(c in "0123456789abcdefABCDEF" for c in text):
        raise ValueError("must be pairs of hexadecimal digits, like 0a1b")
    return text


Hexadecimal = Annotated[str, StringConstraints(max_length=1024), AfterValidator(_hexadecimal)]


class Kind:
    """The base class of checks.

    `label`: its name in forms. `word` and `usage`: its name on the console. `prober`: the module of app/probe that
    sends it, empty for none. `layer`: the layer that fails with this check. `said`: the settings that `describe`
    includes.
    """

    __slots__ = ()

    label: ClassVar[str]
    word: ClassVar[str]
    usage: ClassVar[str]
    prober: ClassVar[str]
    layer: ClassVar[Layer]
    said: ClassVar[frozenset[str]] = frozenset({"kind", "targets", "port", "url"})
    kind: str

    @property
    def hosts(self) -> tuple[str, ...]:
        """The targets: addresses, names, or a URL."""
        return ()

    @property
    def needed(self) -> int:
        """How many targets must reply for the check to pass."""
        return 1

    def describe(self) -> str:
        """The check as the console's command writes it: `icmp 10.0.0.3`, `tcp 10.0.0.3 80`."""
        raise NotImplementedError

    @classmethod
    def of_words(cls, words: Sequence[str]) -> dict[str, Any] | None:
        """The settings for the console's words after `word`; None if they do not fit."""
        raise NotImplementedError

    def complaint(self, silent: str, note: str, probes: str) -> str:
        """Why the check fails, as a sentence. `silent`: targets without a reply. `note`: the error that one of them
        reported.
        """
        return f"{note or f'no reply from {silent}'} ({self.kind}, {probes})"

    def server(self, host: str) -> str:
        """The address or name that a probe of this target is sent to."""
        return host

    def path_of(self, index: int) -> str:
        """The setting that names a target."""
        return f"targets.{index}"

    def warnings(self) -> Iterator[tuple[str, str]]:
        """Settings that are allowed but contradict each other, each with a sentence."""
        return iter(())


@domain
class LinkCheck(Kind):
    """Carrier and administrative state. Always part of every gateway's checks, so it has no setting."""

    label: ClassVar = "No check"
    word: ClassVar = "link"
    usage: ClassVar = "link"
    prober: ClassVar = ""
    layer: ClassVar = Layer.CARRIER

    kind: Annotated[Literal["link"], About("Kind", group=None)] = "link"

    def describe(self) -> str:
        """See Kind."""
        return "link monitor"

    @classmethod
    def of_words(cls, words: Sequence[str]) -> dict[str, Any] | None:
        """See Kind."""
        return None if words else {}


@domain
class _Targets(Kind):
    """The common part of checks with targets: several targets, and how many of them must reply."""

    targets: Annotated[
        Hosts, About("Targets", "Up to 8 addresses or names, separated by spaces. Addresses work without DNS.")
    ]
    quorum: Annotated[Quorum, About("Required replies", "How many of the targets must reply.", option="--quorum")] = 1

    @model_validator(mode="after")
    def _possible(self) -> "_Targets":
        if len(set(self.targets)) != len(self.targets):
            raise ValueError("a target is named twice")
        if self.quorum > len(self.targets):
            raise ValueError(f"quorum {self.quorum} of {len(self.targets)} targets cannot be met")
        return self

    @property
    def hosts(self) -> tuple[str, ...]:
        """See Kind."""
        return self.targets

    @property
    def needed(self) -> int:
        """See Kind."""
        return self.quorum

    def describe(self) -> str:
        """See Kind."""
        return f"{self.kind} {' '.join(self.targets)}"

    @classmethod
    def of_words(cls, words: Sequence[str]) -> dict[str, Any] | None:
        """See Kind."""
        return {"targets": tuple(words)} if words else None


@domain
class IcmpCheck(_Targets):
    """An echo request that must come back (RFC 792)."""

    label: ClassVar = "Ping (icmp)"
    word: ClassVar = "icmp"
    usage: ClassVar = "icmp HOST"
    prober: ClassVar = "icmp"
    layer: ClassVar = Layer.ICMP

    kind: Annotated[Literal["icmp"], About("Kind", group=None)] = "icmp"


@domain
class _Ports(_Targets):
    """The common part of checks with a port."""

    port: Annotated[Port, About("Port")]

    def describe(self) -> str:
        """See Kind."""
        return f"{_Targets.describe(self)} {self.port}"

    def complaint(self, silent: str, note: str, probes: str) -> str:
        """See Kind."""
        return _Targets.complaint(self, f"{silent} port {self.port}", note, probes)


@domain
class TcpCheck(_Ports):
    """A connection that must be accepted."""

    label: ClassVar = "TCP connection"
    word: ClassVar = "tcp"
    usage: ClassVar = "tcp HOST PORT"
    prober: ClassVar = "tcp"
    layer: ClassVar = Layer.TCP

    kind: Annotated[Literal["tcp"], About("Kind", group=None)] = "tcp"

    @classmethod
    def of_words(cls, words: Sequence[str]) -> dict[str, Any] | None:
        """See Kind."""
        return {"targets": tuple(words[:-1]), "port": words[-1]} if len(words) > 1 else None


@domain
class UdpCheck(_Ports):
    """A datagram that needs a reply: a DNS query, or a payload with an expected reply.

    With `payload` (hexadecimal), the reply must contain `expect` (hexadecimal; empty: any reply passes). Without, the
    targets are queried for `query_name` and must reply with a record of `query_type`.
    """

    label: ClassVar = "UDP reply (DNS)"
    word: ClassVar = "udp"
    usage: ClassVar = "udp HOST [PORT]"
    prober: ClassVar = "udp"
    layer: ClassVar = Layer.UDP

    port: Annotated[Port, About("Port")] = 53
    query_name: Annotated[Host, About("Name to look up", option="--dns-name")] = "example.com"
    query_type: Annotated[Literal["A", "AAAA", "NS", "SOA", "TXT"], About("Record type", option="--dns-type")] = "A"
    payload: Annotated[
        Hexadecimal, About("Payload", "Hexadecimal bytes to send instead of a DNS query.", empty="a DNS query")
    ] = ""
    expect: Annotated[
        Hexadecimal,
        About("Expected bytes", "Hexadecimal bytes in the reply to the payload. Empty: any reply.", empty="any reply"),
    ] = ""
    kind: Annotated[Literal["udp"], About("Kind", group=None)] = "udp"

    @classmethod
    def of_words(cls, words: Sequence[str]) -> dict[str, Any] | None:
        """See Kind. A host has a dot or a letter; the model refuses a number that is no valid port."""
        if len(words) > 1 and words[-1].lstrip("-").isdecimal():
            return {"targets": tuple(words[:-1]), "port": words[-1]}
        return {"targets": tuple(words)} if words else None

    def warnings(self) -> Iterator[tuple[str, str]]:
        """See Kind."""
        if self.expect and not self.payload:
            yield "expect", "needs a payload: without one a DNS query is sent"


@domain
class HttpCheck(Kind):
    """A URL that must return the expected status, and the text if one is set. By default a redirect does not pass.

    `address`: the server to connect to, instead of the one that the URL's name resolves to.
    """

    label: ClassVar = "Web page (http)"
    word: ClassVar = "url"
    usage: ClassVar = "url URL"
    prober: ClassVar = "web"
    layer: ClassVar = Layer.HTTP

    url: Annotated[Url, About("URL", "Begins with http:// or https://.", example="http://example.com/generate_204")]
    method: Annotated[Literal["GET", "HEAD"], About("Method")] = "GET"
    status: Annotated[
        Annotated[int, Field(ge=100, le=599)] | None,
        About("Expected status", "Empty: any of 200 to 299.", empty="200 to 299"),
    ] = None
    contains: Annotated[Bounded, About("Text in the page", "Empty: any text.", empty="any text")] = ""
    follow_redirects: Annotated[
        bool,
        About("Accept redirects", "Off: a redirect fails, as captive portals redirect.", option="--follow/--no-follow"),
    ] = False
    verify_tls: Annotated[bool, About("Verify the certificate", option="--secure/--insecure")] = True
    address: Annotated[
        HostAddress | None,
        About("Server address", "Empty: the address that the name resolves to.", empty="by the name"),
    ] = None
    kind: Annotated[Literal["http"], About("Kind", group=None)] = "http"

    @property
    def hosts(self) -> tuple[str, ...]:
        """See Kind."""
        return (self.url,)

    def describe(self) -> str:
        """See Kind."""
        return f"url {self.url}"

    @classmethod
    def of_words(cls, words: Sequence[str]) -> dict[str, Any] | None:
        """See Kind."""
        return {"url": words[0]} if len(words) == 1 else None

    def complaint(self, silent: str, note: str, probes: str) -> str:
        """See Kind. The server's error already names the server."""
        return note or Kind.complaint(self, silent, note, probes)

    def server(self, host: str) -> str:
        """See Kind."""
        return server_of(host) if self.address is None else str(self.address)

    def path_of(self, index: int) -> str:  # noqa: ARG002 - it has one target
        """See Kind."""
        return "url"

    def warnings(self) -> Iterator[tuple[str, str]]:
        """See Kind."""
        if self.contains and self.method == "HEAD":
            yield "contains", "a reply to HEAD has no text, so this check cannot pass"
        if self.follow_redirects and self.status is not None and 300 <= self.status < 400:
            yield "status", f"a {self.status} is followed, so it is never the final status"


Check = Annotated[LinkCheck | IcmpCheck | TcpCheck | UdpCheck | HttpCheck, Field(discriminator="kind")]
_CLASSES: Final[tuple[type[Kind], ...]] = get_args(get_args(Check)[0])
# Every kind by its name.
KINDS: Final[Mapping[str, type[Kind]]] = {
    str(one.default): kind for kind in _CLASSES for one in settings_of(kind) if one.name == "kind"
}
MOST_CHECKS: Final = 8
Checks = Annotated[tuple[Check, ...], Field(max_length=MOST_CHECKS)]

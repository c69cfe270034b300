"""Checks: the ways to ask whether a gateway works, one class a layer (the paper, section V, numbers them so)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.model.base import Host, HostAddress, Port, domain
from app.model.url import http_url

__all__ = [
    "Check", "HttpCheck", "IcmpCheck", "LinkCheck", "TcpCheck", "Timing", "TimingOverrides", "UdpCheck", "describe",
]  # fmt: skip

Hosts = Annotated[tuple[Host, ...], Field(min_length=1, max_length=8)]
Quorum = Annotated[int, Field(ge=1, le=8)]
Bounded = Annotated[str, StringConstraints(max_length=256)]
Url = Annotated[str, StringConstraints(max_length=2048), AfterValidator(http_url)]


def _hexadecimal(text: str) -> str:
    if len(text) % 2 or not all(c in "0123456789abcdefABCDEF" for c in text):
        raise ValueError("must be pairs of hexadecimal digits, like 0a1b")
    return text


Hexadecimal = Annotated[str, StringConstraints(max_length=1024), AfterValidator(_hexadecimal)]


@domain
class LinkCheck:
    """Carrier and administrative state. Always part of every gateway's checks, so it has no setting."""

    kind: Literal["link"] = "link"


@domain
class _Targets:
    """What the checks beyond the link share: several targets, and how many of them must answer."""

    targets: Hosts
    quorum: Quorum = 1

    @model_validator(mode="after")
    def _possible(self) -> "_Targets":
        if len(set(self.targets)) != len(self.targets):
            raise ValueError("a target is named twice")
        if self.quorum > len(self.targets):
            raise ValueError(f"quorum {self.quorum} of {len(self.targets)} targets can never be reached")
        return self


@domain
class IcmpCheck(_Targets):
    """An echo request that must come back (RFC 792)."""

    kind: Literal["icmp"] = "icmp"


@domain
class TcpCheck(_Targets):
    """A connection that must be accepted."""

    port: Port
    kind: Literal["tcp"] = "tcp"


@domain
class UdpCheck(_Targets):
    """A datagram that must be answered: a DNS query, or a payload with the reply that is expected.

    With `payload` (hexadecimal) the reply must contain `expect` (hexadecimal, empty: any reply will do); without, the
    targets are asked for `query_name` and must answer with a record of `query_type`.
    """

    port: Port = 53
    query_name: Host = "example.com"
    query_type: Literal["A", "AAAA", "NS", "SOA", "TXT"] = "A"
    payload: Hexadecimal = ""
    expect: Hexadecimal = ""
    kind: Literal["udp"] = "udp"


@domain
class HttpCheck:
    """A URL that must answer with the expected status, and text if one is given. A redirect is no answer by default.

    `address` asks this server instead of the one the URL's name resolves to.
    """

    url: Url
    method: Literal["GET", "HEAD"] = "GET"
    status: Annotated[int, Field(ge=100, le=599)] | None = None
    contains: Bounded = ""
    follow_redirects: bool = False
    verify_tls: bool = True
    address: HostAddress | None = None
    kind: Literal["http"] = "http"


Check = Annotated[LinkCheck | IcmpCheck | TcpCheck | UdpCheck | HttpCheck, Field(discriminator="kind")]


def describe(check: Check) -> str:
    """The check in the words of the console's own command: `icmp 10.0.0.3`, `tcp 10.0.0.3 80`, `url http://…`."""
    match check:
        case LinkCheck():
            return "link monitor"
        case HttpCheck():
            return f"url {check.url}"
        case IcmpCheck():
            return f"icmp {' '.join(check.targets)}"
        case TcpCheck() | UdpCheck():
            return f"{check.kind} {' '.join(check.targets)} {check.port}"


Interval = Annotated[float, Field(ge=0.1, le=3600, allow_inf_nan=False)]
Timeout = Annotated[float, Field(ge=0.05, le=60, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100)]
Hold = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


@domain
class Timing:
    """How hard a gateway is probed and how fast its verdict turns.

    `standby_interval_s` holds instead of `interval_s`, where it is the longer one, while a gateway only stands by.
    """

    interval_s: Interval = 1.0
    timeout_s: Timeout = 1.0
    fall: Count = 3
    rise: Count = 3
    hold_s: Hold = 10.0
    standby_interval_s: Interval = 10.0

    def overridden_by(self, own: "TimingOverrides") -> "Timing":
        """These settings with a gateway's own ones on top."""
        return Timing(
            interval_s=self.interval_s if own.interval_s is None else own.interval_s,
            timeout_s=self.timeout_s if own.timeout_s is None else own.timeout_s,
            fall=self.fall if own.fall is None else own.fall,
            rise=self.rise if own.rise is None else own.rise,
            hold_s=self.hold_s if own.hold_s is None else own.hold_s,
            standby_interval_s=(self.standby_interval_s if own.standby_interval_s is None else own.standby_interval_s),
        )


@domain
class TimingOverrides:
    """A gateway's own timing; what is None comes from the settings for all."""

    interval_s: Interval | None = None
    timeout_s: Timeout | None = None
    fall: Count | None = None
    rise: Count | None = None
    hold_s: Hold | None = None
    standby_interval_s: Interval | None = None

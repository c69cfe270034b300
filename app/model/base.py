"""The decorator for domain classes, and the small types that all of them share.

A domain class is `@domain`: a frozen, slotted pydantic dataclass that refuses unknown fields. It limits the length of
text that people typed and refuses control characters, so that no later code has to check again.
"""

import re
import unicodedata
from dataclasses import KW_ONLY
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Literal, TypeVar, dataclass_transform

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic_core import PydanticCustomError

__all__ = [
    "KW_ONLY",
    "Host",
    "HostAddress",
    "InterfaceName",
    "Label",
    "Listed",
    "MacAddress",
    "Network",
    "Port",
    "at_most",
    "domain",
    "host",
    "tolerant",
]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def domain(cls: type[T]) -> type[T]:
    """Make a domain class: frozen, slotted, keyword-only, validating, closed to unknown fields."""
    return _made(cls, "forbid")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def tolerant(cls: type[T]) -> type[T]:
    """Make a domain class for data that another version may have written: unknown fields are ignored."""
    return _made(cls, "ignore")


def _made(cls: type[T], extra: Literal["forbid", "ignore"]) -> type[T]:
    config = ConfigDict(extra=extra, validate_default=False, str_strip_whitespace=True)
    made: type[T] = pydantic_dataclass(frozen=True, slots=True, kw_only=True, config=config)(cls)  # type: ignore[assignment]
    return made


def _interface_name(name: str) -> str:
    """Apply the kernel's own rule, dev_valid_name() in net/core/dev.c."""
    if name in {"", ".", ".."} or len(name.encode()) > 15:
        raise ValueError("an interface name must have 1 to 15 bytes")
    if any(c in "/:" or c.isspace() or not c.isprintable() for c in name):
        raise ValueError("an interface name must not contain spaces, slashes, colons or control characters")
    if any(c in '*"\\' for c in name):
        raise ValueError(
            "an interface name must not contain asterisks, quotes or backslashes (nftables reads them as a pattern)"
        )
    return name


def _label(text: str) -> str:
    if not 1 <= len(text) <= 64:
        raise ValueError("a name must have 1 to 64 characters")
    if any(unicodedata.category(c) in {"Cc", "Cs", "Cn", "Zl", "Zp"} for c in text):
        raise ValueError("a name must not contain line breaks or control characters")
    return text


def _written(value: object) -> object:
    """Accept an address as people write it. The ipaddress module would also accept 1 and true as 0.0.0.1."""
    if not isinstance(value, str | IPv4Address | IPv4Network):
        raise ValueError("an address must be text")
    return value


def _network(value: object) -> object:
    """Refuse a host address with a prefix length, and name its network in the error."""
    written = _written(value)
    try:
        inside = IPv4Interface(str(written))
    except ValueError:
        return written
    if inside.ip != inside.network.network_address:
        raise ValueError(f"{written} is a host address with a prefix: write {inside.network}, or {inside.ip}/32 alone")
    return written


def _host_address(address: IPv4Address) -> IPv4Address:
    """Accept an address that a host can have."""
    if address.is_multicast or address.is_loopback or address.is_unspecified or address.packed[0] in {0, 255}:
        raise ValueError(f"{address} is not a host address")
    return address


def _with_prefix(value: object) -> object:
    """Refuse an address without a prefix length: it would silently become a /32."""
    written = _written(value)
    try:
        alone = isinstance(written, str) and "/" not in written and IPv4Address(written)
    except ValueError:
        return written
    if alone:
        raise ValueError(f"{alone} lacks its prefix length, as in {alone}/24")
    return written


def _interface_address(address: IPv4Interface) -> IPv4Interface:
    _host_address(address.ip)
    network = address.network
    if network.prefixlen < 31 and address.ip in {network.network_address, network.broadcast_address}:
        raise ValueError(f"{address} is the network or broadcast address, not a host address")
    if network.prefixlen == 0:
        raise ValueError("a prefix length of 0 would make the entire Internet the local network")
    return address


def host(text: str) -> str:
    """Accept an IPv4 address or a name by RFC 1123, section 2.1, in lower case. Raises ValueError."""
    if text.replace(".", "").isdigit():
        try:
            return str(_host_address(IPv4Address(text)))
        except ValueError as error:
            raise ValueError(f"{text} is not an IPv4 host address") from error
    labels = text.removesuffix(".").split(".")
    good = all(
        1 <= len(label) <= 63
        and label.replace("-", "").replace("_", "").isalnum()
        and label.isascii()
        and label[0] != "-" != label[-1]
        for label in labels
    )
    if not good or len(text) > 253:
        raise ValueError("not an IPv4 address and not a host name")
    return text.lower()


def _mac_address(text: str) -> str:
    """Accept the hardware address of a host, in the kernel's spelling."""
    found = text.lower().replace("-", ":")
    if not re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", found):
        raise ValueError("a hardware address must be six pairs of hexadecimal digits, as 00:16:3e:12:34:56")
    if int(found[:2], 16) & 1 or found == "00:00:00:00:00:00":
        raise ValueError(f"{found} is not a unicast hardware address")
    return found


def at_most(most: int) -> BeforeValidator:
    """Refuse a longer list before its items are validated: pydantic by itself would report each wrong item."""

    def counted(value: object) -> object:
        if isinstance(value, list | tuple) and len(value) > most:
            raise PydanticCustomError("too_long", "too many", {"max_length": most})
        return value

    return BeforeValidator(counted)


def _listed(given: object) -> object:
    """Several values as people type them: separated by commas, spaces or both."""
    return given.replace(",", " ").split() if isinstance(given, str) else given


Listed = BeforeValidator(_listed)
InterfaceName = Annotated[str, AfterValidator(_interface_name)]
MacAddress = Annotated[str, AfterValidator(_mac_address)]
Label = Annotated[str, AfterValidator(_label)]
HostAddress = Annotated[IPv4Address, BeforeValidator(_written), AfterValidator(_host_address)]
InterfaceAddress = Annotated[IPv4Interface, BeforeValidator(_with_prefix), AfterValidator(_interface_address)]
Network = Annotated[IPv4Network, BeforeValidator(_network)]
Host = Annotated[str, AfterValidator(host)]
Port = Annotated[int, Field(ge=1, le=65535)]

"""A check as it is typed, and as it is shown so that it could be typed again. Pure."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from app.errors import FieldError, InvalidConfig
from app.model.check import Check, LinkCheck, describe

METAVAR: Final = "link | icmp HOST | tcp HOST PORT | udp HOST [PORT] | url URL"


@dataclass(frozen=True, slots=True)
class _Option:
    """How a field of a check is typed, for which kinds. `alone`: the value that it stands for where it takes none."""

    name: str
    kinds: frozenset[str]
    alone: bool | None = None


_TARGETS: Final = frozenset({"icmp", "tcp", "udp"})
_UDP: Final = frozenset({"udp"})
_HTTP: Final = frozenset({"http"})
_OPTIONS: Final[Mapping[str, _Option]] = {
    "quorum": _Option("--quorum", _TARGETS),
    "query_name": _Option("--dns-name", _UDP),
    "query_type": _Option("--dns-type", _UDP),
    "payload": _Option("--payload", _UDP),
    "expect": _Option("--expect", _UDP),
    "method": _Option("--method", _HTTP),
    "status": _Option("--status", _HTTP),
    "contains": _Option("--contains", _HTTP),
    "follow_redirects": _Option("--follow", _HTTP, alone=True),
    "verify_tls": _Option("--insecure", _HTTP, alone=False),
    "address": _Option("--address", _HTTP),
}


def typed_check(words: Sequence[str], options: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """A check for the model to judge; None for the link, which is always asked. Raises InvalidConfig.

    `options` are fields of the check by their names in the model.
    """
    kind, more = _kind_and_fields(words)
    _require_fitting(kind, options or {})
    return None if kind == "link" else {"kind": kind, **more, **(options or {})}


def changed_check(check: Check, options: Mapping[str, Any]) -> dict[str, Any]:
    """The check with other options, for the model to judge. Raises InvalidConfig."""
    _require_fitting(check.kind, options)
    return {field.name: getattr(check, field.name) for field in fields(check)} | dict(options)


def as_typed(check: Check) -> str:
    """The words and options that make this check: `icmp 10.0.0.3 10.0.0.4 --quorum 2`."""
    if isinstance(check, LinkCheck):
        return "link"
    typed = [describe(check)]
    for field in fields(check):
        option, value = _OPTIONS.get(field.name), getattr(check, field.name)
        if option is not None and value != field.default:
            typed.append(option.name if option.alone is not None else f"{option.name} {shlex.quote(str(value))}")
    return " ".join(typed)


def _kind_and_fields(words: Sequence[str]) -> tuple[str, dict[str, Any]]:
    match tuple(words):
        case ("link",):
            return "link", {}
        case ("icmp", *hosts) if hosts:
            return "icmp", {"targets": hosts}
        case ("tcp" | "udp" as kind, *hosts, port) if hosts and (kind == "tcp" or _is_port(port)):
            return kind, {"targets": hosts, "port": port}
        case ("udp", *hosts) if hosts:
            return "udp", {"targets": hosts}
        case ("url", url):
            return "http", {"url": url}
    message = f"`{' '.join(words)}` is not link, icmp HOST, tcp HOST PORT, udp HOST [PORT] or url URL"
    raise InvalidConfig(FieldError("check", message))


def _is_port(word: str) -> bool:
    """Whether it is meant as one: a host has a dot or a letter, and a port that cannot be is the model's to refuse."""
    return word.lstrip("-").isdecimal()


def _require_fitting(kind: str, options: Mapping[str, Any]) -> None:
    for name in options:
        option = _OPTIONS[name]
        if kind not in option.kinds:
            belongs = " and ".join(sorted(_word(one) for one in option.kinds))
            raise InvalidConfig(FieldError("check", f"{option.name} goes with {belongs}, and not with {_word(kind)}"))


def _word(kind: str) -> str:
    return "url" if kind == "http" else kind

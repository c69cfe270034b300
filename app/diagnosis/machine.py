"""The facts about a machine that findings are made from. None means "not seen", which is not "not there"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.model.config import Config
from app.model.facts import Facts


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """Somebody else's `ip rule`. `plain`: it looks at nothing of a packet, so it holds for every one."""

    priority: int
    table: int
    mark: int | None = None
    mask: int | None = None
    plain: bool = False
    only_specific: bool = False


@dataclass(frozen=True, slots=True)
class KernelTrial:
    """What this kernel was asked to be able to do. `refused`: each thing it cannot, with its own words."""

    refused: Mapping[str, str] = field(default_factory=dict)
    library_missing: str = ""
    nft_denied: bool = False


@dataclass(frozen=True, slots=True)
class Firewall:
    """Rulesets beside ours: nft's own listing, and what iptables-save and ip6tables-save print (of both kernels)."""

    nft: tuple[Mapping[str, Any], ...] = ()
    iptables: str = ""
    ip6tables: str = ""


class Program(StrEnum):
    """Who may look after an interface, too."""

    NETWORKD = "systemd-networkd"
    NETWORK_MANAGER = "NetworkManager"
    DHCPCD = "dhcpcd"
    DHCLIENT = "dhclient"
    IFUPDOWN = "ifupdown"


@dataclass(frozen=True, slots=True)
class Managers:
    """Which interfaces each program looks after. `networkd_keeps`: it was told to leave others' rules and routes."""

    interfaces: Mapping[Program, frozenset[str]] = field(default_factory=dict)
    networkd_keeps_foreign: bool = True


@dataclass(frozen=True, slots=True)
class Disk:
    """The state directory. `mode` None: there is none. `loose`: files in it that others may read."""

    path: str
    mode: int | None
    writable: bool = True
    free_bytes: int | None = None
    free_files: int | None = None
    loose: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Worker:
    """What is known of the worker. `refused`: its own words on what it could not do."""

    runs: bool
    answers: bool
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything that findings are made of. `sysctls`: path below /proc/sys → value, absent where there is none."""

    config: Config = field(default_factory=Config)
    facts: Facts = field(default_factory=Facts)
    unreadable: str = ""
    rules: tuple[PolicyRule, ...] = ()
    filled_tables: frozenset[int] = frozenset()
    owned_tables: frozenset[int] = frozenset()
    ipv6_defaults: tuple[str, ...] = ()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    trial: KernelTrial = field(default_factory=KernelTrial)
    firewall: Firewall = field(default_factory=Firewall)
    managers: Managers = field(default_factory=Managers)
    disk: Disk | None = None
    worker: Worker = field(default_factory=lambda: Worker(runs=True, answers=True))
    now: datetime | None = None
    last_written: datetime | None = None
    unseen: tuple[str, ...] = ()

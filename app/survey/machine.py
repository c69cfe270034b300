"""The whole machine, looked at once."""

import os
import socket
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.diagnosis.machine import Disk, KernelTrial, Machine, Worker
from app.errors import InvalidConfig, KernelUnavailable, StoreUnavailable
from app.kernel.links import Names, links
from app.kernel.netlink import Channel
from app.kernel.routes import default_routes
from app.kernel.sysctls import read_sysctl
from app.model.config import Config
from app.model.facts import Facts
from app.model.layout import BALANCED_TABLE, NET_TABLE, table
from app.paths import StateDirectory
from app.store.audit import last_written
from app.store.files import reading
from app.store.history import read_owned_tables
from app.store.reader import newest_in
from app.survey.managers import managers
from app.survey.routing import filled, ipv6_defaults, strangers_rules
from app.survey.ruleset import tried_and_listed


def disk(home: Path) -> Disk:
    """What there is to say of this directory; it need not exist."""
    try:
        mode = stat.S_IMODE(home.stat().st_mode)
        room = os.statvfs(home)
    except OSError:
        return Disk(str(home), None)
    return Disk(
        path=str(home),
        mode=mode,
        writable=not room.f_flag & os.ST_RDONLY,
        free_bytes=room.f_bavail * room.f_frsize,
        # File systems without inodes (btrfs) say 0 of 0.
        free_files=room.f_favail if room.f_files else None,
        loose=tuple(sorted(_loose(home))),
    )


def _loose(home: Path) -> list[str]:
    """Files that others than user and group may read."""
    found = []
    for name in ("config.db", "state.db", "tls/key.pem"):
        try:
            if (home / name).stat().st_mode & stat.S_IRWXO:
                found.append(name)
        except OSError:
            continue
    return found


ROOT: Final = Path("/")
# They exist where the kernel can do what they set (net/ipv4/sysctl_net_ipv4.c).
_FEATURES: Final[Mapping[str, str]] = {
    "net/ipv4/fib_multipath_use_neigh": "routes with several next hops (CONFIG_IP_ROUTE_MULTIPATH)",
    "net/ipv4/fib_multipath_hash_fields": "balancing by client (Linux 5.12 and later)",
}
_CONNTRACK: Final = ("nf_conntrack_tcp_loose", "nf_conntrack_count", "nf_conntrack_max")


def survey(home: StateDirectory, worker: Worker, root: Path = ROOT) -> Machine:
    """Look at the machine of this network namespace. Raises KernelUnavailable where not even its links can be seen."""
    machine = _configured(home)
    channel = Channel(socket.NETLINK_ROUTE)
    try:
        families = machine.config.families
        defaults = default_routes(Channel(socket.NETLINK_ROUTE), families, Names())
        facts = Facts(links=links(channel, families), defaults=defaults)
        trial, firewall = tried_and_listed()
        trial = _with_missing_features(trial)
        try:
            rules = strangers_rules(channel)
        except KernelUnavailable as error:
            rules, trial = (), replace(trial, refused={**trial.refused, "policy rules": str(error)})
        machine = replace(
            machine,
            facts=facts,
            rules=rules,
            filled_tables=filled(channel, families, _tables(machine.config)),
            ipv6_defaults=ipv6_defaults(channel),
        )
    finally:
        channel.close()
    return replace(
        machine,
        sysctls=dict(_sysctls(machine.config)),
        trial=trial,
        firewall=firewall,
        managers=managers(root, {one.index: one.name for one in facts.links}),
        disk=disk(home.path),
        worker=worker,
        now=datetime.now(UTC),
        unseen=("the packet filter (needs root)",) if trial.nft_denied else (),
    )


def _configured(home: StateDirectory) -> Machine:
    """The newest configuration, and what else the two files say."""
    try:
        owned = read_owned_tables(home.state_db)
    except StoreUnavailable:
        owned = frozenset()
    try:
        with reading(home.config_db) as connection:
            config = newest_in(connection).head.config
            written = last_written(connection)
    except (InvalidConfig, StoreUnavailable) as error:
        return Machine(owned_tables=owned, unreadable=str(error))
    return Machine(config, owned_tables=owned, last_written=written)


def _tables(config: Config) -> set[int]:
    """The tables that this configuration fills; of an empty one, those that its first two gateways would."""
    numbers = [gateway.number for gateway in config.gateways] or [1, 2]
    return {BALANCED_TABLE, NET_TABLE, *map(table, numbers)}


def _sysctls(config: Config) -> Iterator[tuple[str, str]]:
    names = [one.name for one in config.interfaces]
    wanted = [
        "net/ipv4/ip_forward",
        "net/ipv4/conf/all/rp_filter",
        *(f"net/ipv4/conf/{name}/{key}" for name in names for key in ("rp_filter", "forwarding")),
        *(f"net/netfilter/{name}" for name in _CONNTRACK),
    ]
    for path in wanted:
        value = read_sysctl(path)
        if value is not None:
            yield path, value


def _with_missing_features(trial: KernelTrial) -> KernelTrial:
    missing = {what: "the kernel has no such setting" for path, what in _FEATURES.items() if read_sysctl(path) is None}
    return replace(trial, refused={**trial.refused, **missing})

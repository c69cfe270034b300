"""`multihome uninstall`: removes everything of Multihome from the kernel and restores the former sysctls."""

import asyncio
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import typer

from app.cli.console import FAILED, Workspace, end, printable, workspace_of
from app.errors import FieldError, InvalidConfig, KernelRejected, StoreUnavailable
from app.kernel.contract import Kernel
from app.model.config import EMPTY, Config
from app.model.facts import Before, Facts
from app.model.layout import MAIN_TABLE
from app.plan.objects.address import Address
from app.plan.objects.route import Nexthop, Route
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.render import describe
from app.plan.state import Change, KernelState, Put, Scope, diff
from app.service.worker_client import worker_runs
from app.store.history import read_in_force, read_interfaces_before, read_owned_tables, read_sysctls_before
from app.store.reader import Revision
from app.store.state import StateWriter

# What the kernel does in answer takes another look: a removed primary address takes its secondaries along.
PASSES: Final = 3


def uninstall(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    keep_addresses: Annotated[
        bool, typer.Option("--keep-addresses", help="Leave the addresses of managed interfaces in place.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show the commands that would do it, and do nothing.")] = False,
) -> None:
    """Remove everything of Multihome's from the kernel, and leave the machine as it was found.

    Rules, routes, nftables and the addresses that it has set go; sysctls are as before, and so are addresses and
    default routes of interfaces that it has taken over. The databases stay. The worker must be stopped first, or it
    would put everything back.

    \b
    Examples:
        multihome uninstall
        multihome uninstall --plan
        multihome uninstall --yes --keep-addresses
    """
    workspace = workspace_of(context)
    if os.geteuid() != 0:
        raise InvalidConfig(FieldError("", "only root can change the kernel (sudo multihome uninstall)"))
    if worker_runs(workspace.home.worker_sock):
        how = "`systemctl stop multihome-worker`, or end `multihome run`"
        raise InvalidConfig(
            FieldError("", f"the worker is running and would restore everything: stop it first ({how})")
        )
    asyncio.run(_uninstall(workspace, ask=not yes, only_show=plan, keep_addresses=keep_addresses))


async def _uninstall(workspace: Workspace, *, ask: bool, only_show: bool, keep_addresses: bool) -> None:
    from app.kernel.linux import LinuxKernel  # noqa: PLC0415 - `multihome status` needs no kernel

    kernel = LinuxKernel()
    known = _known(workspace)
    try:
        changes = await _changes(kernel, workspace, known, keep_addresses=keep_addresses)
        if only_show or (ask and changes):
            for change in changes:
                print(printable(describe(change)))
        if only_show:
            return
        if ask and changes:
            typer.confirm("Do all of this?", abort=True)
        failed: list[str] = []
        for _ in range(PASSES):
            failed = [refused for change in changes if (refused := await _refused(kernel, change))]
            changes = await _changes(kernel, workspace, known, keep_addresses=keep_addresses)
            if not changes:
                break
    finally:
        await kernel.close()
    if failed:
        for message in failed:
            print(f"multihome: {printable(message)}", file=sys.stderr)
        end(FAILED)
    _forget(workspace)


@dataclass(frozen=True, slots=True)
class _Known:
    """What state.db says of the machine before Multihome: its sysctls and interfaces, and which tables are ours."""

    tables: frozenset[int] = frozenset()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    interfaces: Mapping[str, Before] = field(default_factory=dict)


async def _changes(kernel: Kernel, workspace: Workspace, known: _Known, *, keep_addresses: bool) -> tuple[Change, ...]:
    """What leads from the kernel as it is to one without anything of ours, and as it was before.

    Our tables are those that state.db names, and those that our own rules lead to, in case state.db was lost.
    """
    config = _in_force(workspace)
    rules = (await kernel.observe(Scope(families=config.families))).of(Rule)
    tables = known.tables | {rule.table for rule in rules} - {MAIN_TABLE}
    managed = frozenset[str]()
    if not keep_addresses:
        managed = frozenset(one.name for one in config.interfaces if one.managed)
    scope = Scope(tables=tables, managed=managed, sysctls=frozenset(known.sysctls), families=config.families)
    have = await kernel.observe(scope)
    facts = await kernel.facts(families=config.families)
    before = [one for name, one in known.interfaces.items() if name in managed and facts.link(name) is not None]
    there = {one.path for one in have.of(Sysctl)}  # a device that is gone has taken its settings along
    want = KernelState(
        [
            *(Address(one.name, address) for one in before for address in one.addresses),
            *(Sysctl(path, value) for path, value in known.sysctls.items() if path in there),
        ]
    )
    # Forwarding for all sets that of every interface, so those that differ come after it.
    for_all = {Put(Sysctl(family.forwarding, "0")) for family in config.families}
    changes = sorted(diff(want, have), key=lambda one: one not in for_all)
    return (*changes, *_default_routes(before, facts))


def _default_routes(before: Iterable[Before], facts: Facts) -> Iterator[Put]:
    """The default routes in `main` that went with addresses, unless somebody has set one since."""
    metrics = {(one.family, one.metric) for one in facts.defaults}
    for one in (route for interface in before for route in interface.defaults):
        if (one.family, one.metric) not in metrics:
            way = Nexthop(one.interface, one.next_hop)
            yield Put(Route(MAIN_TABLE, one.family.everywhere, (way,), metric=one.metric, source=one.source))


def _known(workspace: Workspace) -> _Known:
    path = workspace.home.state_db
    try:
        return _Known(read_owned_tables(path), read_sysctls_before(path), read_interfaces_before(path))
    except StoreUnavailable as error:
        print(f"multihome: sysctls stay as they are: {printable(str(error))}", file=sys.stderr)
        return _Known()


def _in_force(workspace: Workspace) -> Config:
    """The configuration that the kernel holds: its managed interfaces are the ones whose addresses are ours."""
    try:
        revision: Revision | None = read_in_force(workspace.home.state_db)
    except StoreUnavailable:
        revision = None
    if revision is None:
        try:
            revision = workspace.head()
        except StoreUnavailable:
            return EMPTY
    return revision.config


async def _refused(kernel: Kernel, change: Change) -> str | None:
    try:
        await kernel.apply(change)
    except KernelRejected as error:
        return str(error)
    return None


def _forget(workspace: Workspace) -> None:
    """What state.db says of the kernel is not true any more."""
    if workspace.home.state_db.exists():
        writer = StateWriter(workspace.home.state_db)
        try:
            writer.forget_all()
        finally:
            writer.close()

"""Findings about the machine itself: kernel features, settings, disk, clock, and the state of the worker."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.diagnosis.machine import Disk, Machine
from app.model.choices import Role
from app.model.facts import gateway_interfaces
from app.model.finding import Finding, Severity

# Of nf_conntrack_max: what is new is refused when it is full, and a burst fills the rest in seconds.
_NEARLY_FULL_PERCENT: Final = 90
# A day of samples, all events and 200 revisions need less than half of it.
_LITTLE_BYTES: Final = 32_000_000
_NOTHING_BYTES: Final = 1_000_000
# A clock that is set is not this far behind what it wrote itself before.
_CLOCK_SLACK: Final = timedelta(minutes=2)
STATE_MODE: Final = 0o2770


def kernel(machine: Machine) -> Iterator[Finding]:
    """What this kernel lacks, by asking it."""
    trial = machine.trial
    if trial.library_missing:
        yield _problem(
            "nft-missing",
            f"libnftables cannot be loaded: {trial.library_missing}",
            "install it: `apt install libnftables1`",
        )
    for what, said in trial.refused.items():
        yield _problem(
            "kernel-lacks",
            f"this kernel cannot do {what}: {said}",
            "load the module, or run a kernel that has it (Debian's own does)",
        )


def settings(machine: Machine) -> Iterator[Finding]:
    """Sysctls that stop packets which Multihome sends on their way."""
    config, found = machine.config, machine.sysctls
    if not config.gateways:
        return
    lans = [one.name for one in config.interfaces if one.role is Role.LAN]
    off = [
        path
        for path in ("ip_forward", *(f"conf/{name}/forwarding" for name in lans))
        if found.get(f"net/ipv4/{path}") == "0"
    ]
    if off and lans:
        yield _problem(
            "forwarding-off",
            f"packets are not forwarded: {', '.join('net.ipv4.' + one.replace('/', '.') for one in off)} = 0",
            "Multihome sets ip_forward while it runs: find the program that turns it off"
            " (`grep -r forward /etc/sysctl.conf /etc/sysctl.d`), then start the worker again",
        )
    for name in gateway_interfaces(config):
        if max(found.get(f"net/ipv4/conf/{where}/rp_filter", "0") for where in ("all", name)) == "1":
            yield _problem(
                "rp-filter-strict",
                f"rp_filter is strict (1) on {name}: replies received there are dropped whenever balancing"
                " would route to their sender through another ISP",
                f"Multihome sets net.ipv4.conf.{name}.rp_filter=2 while it runs: find the program that resets it"
                " (`grep -r rp_filter /etc/sysctl.conf /etc/sysctl.d`)",
            )
    if found.get("net/netfilter/nf_conntrack_tcp_loose") == "0":
        yield _warning(
            "conntrack-not-loose",
            "nf_conntrack_tcp_loose is 0: connections older than connection tracking are cut",
            "`sysctl net.netfilter.nf_conntrack_tcp_loose=1`",
        )
    yield from _conntrack(machine)


def _conntrack(machine: Machine) -> Iterator[Finding]:
    count, most = (machine.sysctls.get(f"net/netfilter/nf_conntrack_{one}", "") for one in ("count", "max"))
    if count.isdigit() and most.isdigit() and int(most) and 100 * int(count) >= _NEARLY_FULL_PERCENT * int(most):
        yield _warning(
            "conntrack-full",
            f"connection tracking is nearly full: {count} of {most} entries; when it is full, new connections fail",
            f"`sysctl net.netfilter.nf_conntrack_max={2 * int(most)}`, and keep it in /etc/sysctl.d",
        )


def state(machine: Machine) -> Iterator[Finding]:
    """The state directory, and what is written there."""
    disk = machine.disk
    if machine.unreadable:
        yield _problem("configuration-unreadable", machine.unreadable, "`multihome migrate`, or restore a backup")
    if disk is None:
        return
    if disk.mode is None:
        yield _problem(
            "state-missing", f"there is no directory {disk.path}", "create it as root with `multihome migrate`"
        )
        return
    yield from _room(disk)
    if disk.mode != STATE_MODE:
        yield _warning(
            "state-mode",
            f"{disk.path} has mode {disk.mode:04o}, not {STATE_MODE:04o}: worker and panel may not share it,"
            " or others may read it",
            f"`chmod {STATE_MODE:04o} {disk.path}`",
        )
    for name in disk.loose:
        yield _warning(
            "state-readable", f"{disk.path}/{name} can be read by others", f"`chmod o-rwx {disk.path}/{name}`"
        )


def _room(disk: Disk) -> Iterator[Finding]:
    if not disk.writable:
        yield _problem(
            "disk-read-only",
            f"{disk.path} cannot be written: failover continues, but nothing can be changed and no history is recorded",
            f"`mount -o remount,rw {disk.path}`; a memory card that turns read-only is worn out",
        )
    elif disk.free_bytes is not None and disk.free_bytes < _LITTLE_BYTES:
        made = _problem if disk.free_bytes < _NOTHING_BYTES else _warning
        yield made(
            "disk-full",
            f"{disk.path} has {disk.free_bytes / 1e6:.1f} MB left: failover continues, but nothing can be saved once it"
            " is full",
            f"make room: `du -xh {disk.path} | sort -h`",
        )
    elif disk.free_files == 0:
        yield _problem("disk-full", f"the file system of {disk.path} has no room for another file", "make room")


def running(machine: Machine) -> Iterator[Finding]:
    """The worker, what it was refused, and the clock that both processes go by."""
    worker = machine.worker
    if not worker.runs and machine.config.gateways:
        yield _problem(
            "worker-stopped",
            "the worker is not running: installed routes stay, but failover is paused",
            "`systemctl start multihome-worker`, or `multihome run`",
        )
    elif worker.runs and not worker.answers:
        yield _problem(
            "worker-silent",
            "the worker is running but does not reply",
            "`systemctl restart multihome-worker`: this drops no connection",
        )
    for sentence in worker.refused:
        yield _problem("refused", f"the kernel rejected a change: {sentence}", "see the other findings")
    now, written = machine.now, machine.last_written
    if now is not None and written is not None and now < written - _CLOCK_SLACK:
        yield _warning(
            "clock-behind",
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, earlier than {written:%Y-%m-%d %H:%M} when something was saved"
            " last: sessions and certificates depend on the clock",
            "set the clock and enable NTP: `timedatectl set-ntp true`",
        )


def _problem(code: str, text: str, remedy: str) -> Finding:
    return Finding(code=code, severity=Severity.PROBLEM, text=text, remedy=remedy)


def _warning(code: str, text: str, remedy: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, text=text, remedy=remedy)

"""The databases are deleted, cut short, unreadable, on a full disk: failover goes on, and it is said once."""

import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.service.configuration import Configuration
from app.service.edits.gateways import change_gateway
from lab import registry
from lab.lab import Lab
from lab.waiting import wait_until
from tests.lab import routed
from tests.lab.by_hand import lab_name
from tests.lab.countdown import GRACE_S, WINDOW_S
from tests.lab.test_confirm import save, weighted

# A disk of the size that a small router gives to such things.
DISK = "2m"
TIMING = {"interval_s": 0.2, "hold_s": 0}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("lost") as lab:
        routed.set_timing(lab, **TIMING)
        routed.wait_for_members(lab, 1, 2)
        yield lab


def fails_over(lab: Lab) -> None:
    """A cut cable is dealt with, and plugged in again, whatever has become of the files."""
    with lab.udp_call(routed.pairs_by_isp(lab, 1, 2), rate_hz=100) as call:
        lab.cut("balancer-isp1")
        call.wait_for(lambda latest: all(isp == 2 for _, isp in latest), "the calls go on through ISP 2", 5)
    routed.wait_for_members(lab, 2)
    lab.plug("balancer-isp1")
    routed.wait_for_members(lab, 1, 2, limit_s=30)


def told(lab: Lab, words: str) -> list[str]:
    return [one.text for one in routed.events(lab) if one.kind == "worker" and words in one.text]


def start(lab: Lab) -> None:
    lab.start_worker()
    wait_until(lab.gateways, "the worker answers", 15)


def delete(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    os.truncate(path, 0)


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("harm", [delete, empty, halve])
def test_losing_the_state_costs_history_and_nothing_else(lab: Lab, harm: Callable[[Path], None]) -> None:
    head = Configuration(routed.home(lab)).head()
    harm(routed.home(lab).state_db)
    fails_over(lab)
    fails_over(lab)
    assert len([one for one in routed.events(lab) if one.kind == "failover"]) >= 1
    assert len(told(lab, "the history starts over")) == 1
    assert Configuration(routed.home(lab)).head() == head
    lab.end_worker(kill=True)
    start(lab)
    routed.wait_for_members(lab, 1, 2)
    assert routed.status(lab).in_force == head.number
    routed.change(lab, lambda config: change_gateway(config, 1, {"weight": config.gateways[0].weight % 5 + 1}))


def test_an_unreadable_configuration_at_boot_leaves_the_last_one_in_force(lab: Lab) -> None:
    config_db, head = routed.home(lab).config_db, Configuration(routed.home(lab)).head()
    whole = config_db.read_bytes()
    lab.end_worker()
    config_db.write_bytes(b"no database " * 5000)
    try:
        start(lab)
        routed.wait_for_members(lab, 1, 2)
        fails_over(lab)
        assert routed.status(lab).in_force == head.number
        assert len(told(lab, "cannot read the configuration")) == 1
        assert any("cannot read the configuration" in one for one in routed.status(lab).rejected)
    finally:
        config_db.write_bytes(whole)
    wait_until(lambda: told(lab, "the configuration is readable again"), "it is said that it is well again", 5)
    assert Configuration(routed.home(lab)).head() == head
    routed.change(lab, lambda config: change_gateway(config, 1, {"weight": config.gateways[0].weight % 5 + 1}))


def test_a_full_disk_stops_nothing() -> None:
    with Lab.up(lab_name("full"), quiet=True, panel=False) as lab:
        lab.end_worker()
        with own_disk(registry.home(lab.name)):
            start(lab)
            routed.wait_for_members(lab, 1, 2)
            routed.set_timing(lab, **TIMING)
            ballast, before = registry.home(lab.name) / "ballast", routed.status(lab).in_force
            waits = save(lab, weighted(9))
            wait_until(lambda: routed.status(lab).on_trial == waits, "a change waits to be kept", routed.LIMIT_S)
            fill(ballast)
            fails_over(lab)
            lab.end_worker(kill=True)
            start(lab)
            routed.wait_for_members(lab, 1, 2)
            fails_over(lab)
            wait_until(lambda: routed.status(lab).returned, "nobody kept it: it goes back", WINDOW_S + GRACE_S)
            wait_until(lambda: routed.status(lab).in_force == before, "what was before is in force", GRACE_S)
            lab.end_worker(kill=True)
            start(lab)
            assert (routed.status(lab).in_force, routed.status(lab).on_trial) == (before, None)
            ballast.unlink()
            routed.wait_for_members(lab, 1, 2)
            fails_over(lab)
            wait_until(lambda: told(lab, "history is recorded again"), "history is recorded again", 30)
            lab.end_worker()


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        file.writelines(itertools.repeat(bytes(4096)))


@contextmanager
def own_disk(home: Path) -> Iterator[None]:
    """Have the state directory, as it is, on a small disk of its own."""
    aside = home.with_name("aside")
    home.rename(aside)
    home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", home], check=True)
    try:
        subprocess.run(["cp", "-a", f"{aside}/.", home], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", home], check=True)

"""The units: understood by systemd, sandboxed as far as promised, and alike with what the code needs of them."""

import re
import subprocess
from pathlib import Path

import pytest

from app.probe.attempts import MOST

UNITS = Path(__file__).resolve().parents[2] / "package/systemd"


def settings(unit: str) -> dict[str, list[str]]:
    """Every setting of a unit with all its values, in order."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / unit).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


# What is promised in docs/install.md, as systemd-analyze counts it: 0 is a service that can do nothing, 10 one that
# can do everything.
@pytest.mark.parametrize(("unit", "most"), [("multihome-panel.service", 1.0), ("multihome-worker.service", 2.0)])
def test_a_service_is_exposed_no_more_than_promised(unit: str, most: float) -> None:
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / unit)]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found is not None, said
    print(f"{unit}: {found[1]}")
    assert float(found[1]) <= most, said


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    # The program is not installed here; what else it complains about is ours.
    for unit in UNITS.iterdir():
        program = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(re.sub(r"(?m)^Documentation=.*\n", "", program))
    units = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False, timeout=60
    )
    complaints = [line for line in done.stderr.splitlines() if "multihome" in line]
    assert complaints == []


def test_the_worker_can_write_what_it_changes_and_nothing_else() -> None:
    worker = settings("multihome-worker.service")
    assert worker["ReadWritePaths"] == ["/var/lib/multihome /proc/sys/net"]
    assert worker["CapabilityBoundingSet"] == worker["AmbientCapabilities"] == ["CAP_NET_ADMIN CAP_NET_RAW"]
    assert worker["RestrictAddressFamilies"] == ["AF_UNIX AF_INET AF_NETLINK"]


def test_the_worker_has_sockets_for_every_probe_of_many_isps() -> None:
    (limit,) = settings("multihome-worker.service")["LimitNOFILE"]
    kinds, isps = 3, 16  # TCP, UDP with names, HTTP
    assert int(limit) > kinds * isps * MOST


def test_the_panel_has_no_capability_and_opens_no_connection() -> None:
    panel = settings("multihome-panel.service")
    assert panel["CapabilityBoundingSet"] == panel["AmbientCapabilities"] == [""]
    assert panel["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert panel["ReadWritePaths"] == ["/var/lib/multihome"]


@pytest.mark.parametrize("unit", ["multihome-panel.service", "multihome-worker.service"])
def test_a_service_that_hangs_or_ends_is_started_again_for_ever(unit: str) -> None:
    service = settings(unit)
    assert service["Type"] == ["notify"]
    assert service["Restart"] == ["always"]
    assert service["StartLimitIntervalSec"] == ["0"]
    assert int(service["WatchdogSec"][0]) >= 20  # the worker's loop comes round every 5 s at the latest

"""What the console knows when the worker is well, silent or long gone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter

from app.model.status import GatewayStatus, Status
from app.model.verdict import State, Verdict
from app.store.state import StateWriter
from tests.cli.console import FIVE_LINES, PAPER, Console
from tests.legs import ipv4
from tests.service.machine import BLANK
from tests.service.test_worker_client import worker

BOOT_ID = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
DOWN_LINE = "Default gateway [2]: 172.17.0.2 (eth2) (enabled) (down: no carrier on eth2)"


def answer(rejected: tuple[str, ...] = ()) -> bytes:
    now = datetime.now(UTC)
    gateway = GatewayStatus(
        number=2,
        name="ISP 2",
        interface="eth2",
        next_hop=None,
        source=None,
        enabled=True,
        weight=1,
        state=State.DOWN,
        reason="no carrier on eth2",
        since=now,
        in_use=False,
    )
    status = Status(
        observed_at=now,
        started_at=now,
        boot_id=BOOT_ID,
        wanted=6,
        in_force=6,
        gateways=(gateway,),
        rejected=rejected,
        facts=BLANK,
    )
    return TypeAdapter(Status).dump_json(status) + b"\n"


def write_down(console: Console, *, boot_id: str = BOOT_ID, age: timedelta = timedelta()) -> None:
    at = datetime.now(UTC) - age
    writer = StateWriter(console.path / "state.db")
    writer.write_verdicts({ipv4(2): Verdict(state=State.DOWN, reason="no carrier on eth2", since=at)}, boot_id, at)
    writer.close()


def test_the_workers_word_is_shown(console: Console) -> None:
    console.do(PAPER)
    with worker(console.path / "worker.sock", answer()):
        said = console.type("config gateway show")
        status = console.type("multihome status")
        as_json = console.type("multihome status --json")
    assert (said.out.splitlines()[2], said.err) == (DOWN_LINE, "")
    assert status.out.startswith("No gateway works: ISP 2 is down.\n")
    assert json.loads(as_json.out)["gateways"][0]["state"] == "down"


def test_a_refusal_is_an_exit_status_of_its_own(console: Console) -> None:
    with worker(console.path / "worker.sock", answer(rejected=("table 241 is somebody else's",))):
        said = [console.type("multihome status"), console.type("multihome status --json")]
    assert [one.status for one in said] == [3, 3]
    assert said[0].out.startswith("No gateway works: ISP 2 is down. 1 change rejected, see below.\n")


def test_what_a_silent_worker_wrote_down_just_now_is_no_observation(console: Console) -> None:
    console.do(PAPER)
    write_down(console, age=timedelta(minutes=2))
    assert console.type("config gateway show").out == FIVE_LINES
    status = console.type("multihome status")
    line = "ISP 2 was down (no carrier on eth2): recorded 2 min ago, unknown now\n"
    assert (status.status, status.out) == (1, line)


def test_what_was_written_down_long_ago_or_before_the_boot_is_not(console: Console) -> None:
    console.do(PAPER)
    write_down(console, age=timedelta(minutes=7))
    assert console.type("multihome status").out == ""
    write_down(console, boot_id="another")
    assert console.type("multihome status").out == ""


def test_the_status_of_a_silent_worker_is_an_error_of_its_own(console: Console) -> None:
    said = console.type("multihome status --json")
    assert (said.status, said.out) == (1, "")
    assert "the worker does not reply" in said.err


def test_the_plan_is_exported_for_any_revision(console: Console) -> None:
    console.do(PAPER)
    newest = console.type("multihome export-plan").out
    assert "default proto static" in newest or "table 243 proto static" in newest
    assert "62.231.110.65/26 dev eth0\n" in newest
    first = console.type("multihome export-plan --revision 1").out
    assert first == "62.231.110.65/26 dev eth0\n"
    as_json = json.loads(console.type("multihome export-plan --json").out)
    assert (as_json["revision"], as_json["pending"]) == (6, [])
    assert "\n".join(as_json["desired"]) + "\n" == newest
    assert "there is no revision 9" in console.refused("multihome export-plan --revision 9")

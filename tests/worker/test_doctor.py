"""`doctor` on worker.sock: the machine is examined by a process of its own, and by one at a time."""

import asyncio
import json
from pathlib import Path

import pytest

from app.paths import StateDirectory
from app.worker import doctor
from app.worker.doctor import Doctor


def test_the_findings_come_from_another_process_and_are_kept_for_a_moment(home: StateDirectory) -> None:
    refused = ["table 241 is somebody else's"]

    async def ask() -> list[str]:
        doctor = Doctor(home.path, lambda: tuple(refused))
        answers = await asyncio.gather(doctor.answer({}), doctor.answer({}))
        refused.clear()
        return [*answers, await doctor.answer({})]

    first, second, third = asyncio.run(ask())
    assert first == second == third
    found = {one["code"]: one["text"] for one in json.loads(first)}
    assert found["refused"].endswith("table 241 is somebody else's")


def test_one_that_hangs_is_ended_and_said(
    home: StateDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\necho $$ > $0.pid\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(slow))
    monkeypatch.setattr(doctor, "PATIENCE_S", 0.5)
    answer = json.loads(asyncio.run(Doctor(home.path, tuple).answer({})))
    assert "took more than" in answer["error"]
    pid = slow.with_name("slow.pid").read_text().strip()
    assert not Path(f"/proc/{pid}").exists()

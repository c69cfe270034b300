"""What a supervised process says of itself, and that it says nothing where nobody listens."""

import os
from pathlib import Path

from app.systemd import Supervisor
from tests.supervising import listening


def test_the_first_beat_says_ready_and_later_ones_only_that_the_work_goes_on(tmp_path: Path) -> None:
    now_s = 100.0
    with listening(tmp_path) as listener:
        supervisor = Supervisor(listener.environment("20000000"), lambda: now_s)
        assert supervisor.pause_s == 5.0
        supervisor.beat()
        assert listener.heard() == ["READY=1", "WATCHDOG=1"]
        now_s = 104.9
        supervisor.beat()
        assert listener.heard() == ["READY=1", "WATCHDOG=1"]
        now_s = 105.0
        supervisor.beat()
        assert listener.heard() == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
        supervisor.end()
        assert listener.heard()[-1] == "STOPPING=1"


def test_children_do_not_inherit_the_right_to_speak(tmp_path: Path) -> None:
    with listening(tmp_path) as listener:
        environment = {**listener.environment("1000000"), "WATCHDOG_PID": str(os.getpid()), "HOME": "/"}
        Supervisor(environment)
        assert environment == {"HOME": "/"}


def test_a_watchdog_that_is_meant_for_another_process_is_not_fed(tmp_path: Path) -> None:
    with listening(tmp_path) as listener:
        assert Supervisor({**listener.environment("1000000"), "WATCHDOG_PID": "1"}).pause_s is None


def test_nobody_listening_is_no_reason_to_stop() -> None:
    Supervisor({}).beat()
    Supervisor({"NOTIFY_SOCKET": "/nonexistent/notify"}).beat()
    Supervisor({"NOTIFY_SOCKET": "@nobody/is/there"}).end()

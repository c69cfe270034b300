"""What the panel tells systemd: ready once it serves, alive while it answers, and that it ends."""

from pathlib import Path

from app.paths import StateDirectory
from tests.supervising import listening
from tests.web.running import running_panel
from tests.web.waiting import until


def test_it_is_ready_once_it_serves_and_alive_while_threads_answer(home: StateDirectory, tmp_path: Path) -> None:
    with listening(tmp_path) as listener:
        with running_panel(home, supervisor=listener.supervisor("40000")):
            until(lambda: listener.hears("READY=1"))
            until(lambda: listener.heard().count("WATCHDOG=1") >= 3)
        assert listener.hears("STOPPING=1")

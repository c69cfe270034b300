"""Something happens at the worker."""

from datetime import UTC, datetime

from app.model.events.event import LoggedEvent
from app.store.state import StateWriter
from tests.web.fake_worker import FakeWorker
from tests.web.running import Running


def happen(running: Running, worker: FakeWorker, text: str, kind: str = "drift") -> None:
    """What the worker does with an event: write it down, then tell it."""
    event = LoggedEvent(at=datetime.now(UTC), kind=kind, text=text)
    writer = StateWriter(running.panel.home.state_db)
    writer.add_events([event])
    writer.close()
    worker.tell(event)

"""/guard: which new connections from the Internet are accepted."""

from fastapi import APIRouter, Response

from app.model.about import settings_of
from app.model.guard import Guard
from app.service.edits.settings import change_guard
from app.web.access.authentication import API
from app.web.api.bodies import GuardDocument
from app.web.api.saving import TheChange, tag
from app.web.panel import ThePanel

router = APIRouter(prefix="/guard", tags=["guard"], **API)


@router.get("")
def guard(panel: ThePanel, response: Response) -> GuardDocument:
    """Whether Guard is on, and what it accepts."""
    head = panel.configuration.head()
    tag(response, head.number)
    return _document(head.config.settings.guard)


@router.put("")
def replace(this: TheChange, body: GuardDocument) -> GuardDocument:
    """Replace what Guard accepts. An entry of `allowed` may be text, like `22/tcp from 203.0.113.0/24`."""
    saved = this.save(lambda config: change_guard(config, dict(body)), "Guard changed")
    return _document(saved.after.config.settings.guard)


def _document(found: Guard) -> GuardDocument:
    return GuardDocument(**{one.name: getattr(found, one.name) for one in settings_of(Guard)})

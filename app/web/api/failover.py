"""/failover: health checks, balancing and failover of all gateways."""

from fastapi import APIRouter, Response

from app.model.about import settings_of
from app.model.config import Config, Failover, Settings
from app.service.edits.settings import change_failover, set_balancing
from app.web.access.authentication import API
from app.web.api.bodies import FailoverDocument
from app.web.api.saving import TheChange, tag
from app.web.panel import ThePanel

router = APIRouter(prefix="/failover", tags=["failover"], **API)


@router.get("")
def failover(panel: ThePanel, response: Response) -> FailoverDocument:
    """Checks, timing, balancing and what happens when gateways fail."""
    head = panel.configuration.head()
    tag(response, head.number)
    return _document(head.config.settings)


@router.put("")
def replace(this: TheChange, body: FailoverDocument) -> FailoverDocument:
    """Replace the failover settings."""

    saved = this.save(lambda config: as_asked(config, body), "failover changed")
    return _document(saved.after.config.settings)


def as_asked(config: Config, body: FailoverDocument) -> Config:
    """The configuration with all of these settings."""
    values = dict(body)
    balancing = values.pop("balancing")
    return set_balancing(change_failover(config, values), balancing)


def _document(settings: Settings) -> FailoverDocument:
    failover = settings.failover
    values = {one.name: getattr(failover, one.name) for one in settings_of(Failover)}
    return FailoverDocument(**values, balancing=settings.balancing)

"""/failover: what holds for all gateways."""

from dataclasses import fields as fields_of

from fastapi import APIRouter, Response

from app.model.config import Config, Settings
from app.service.edits.settings import FailoverFields, change_failover, set_balancing
from app.web.api.bodies import FailoverDocument
from app.web.api.saving import TheChange, tag
from app.web.panel import ThePanel

router = APIRouter(prefix="/failover", tags=["failover"])


@router.get("")
def failover(panel: ThePanel, response: Response) -> FailoverDocument:
    """Checks, timing, balancing and what happens when gateways fail."""
    head = panel.configuration.head()
    tag(response, head.number)
    return _document(head.config.settings)


@router.put("")
def replace(this: TheChange, body: FailoverDocument) -> FailoverDocument:
    """Set all of it."""

    saved = this.save(lambda config: as_asked(config, body), "failover changed")
    return _document(saved.after.config.settings)


def as_asked(config: Config, body: FailoverDocument) -> Config:
    """The configuration with all of these settings."""
    timing = {one.name: getattr(body.timing, one.name) for one in fields_of(body.timing)}
    fields = FailoverFields(
        enabled=body.enabled, checks=body.checks, timing=timing, all_down=body.all_down, clients=body.clients
    )
    return set_balancing(change_failover(config, fields), body.balancing)


def _document(settings: Settings) -> FailoverDocument:
    failover = settings.failover
    return FailoverDocument(
        enabled=failover.enabled,
        checks=failover.checks,
        timing=failover.timing,
        all_down=failover.all_down,
        clients=failover.clients,
        balancing=settings.balancing,
    )

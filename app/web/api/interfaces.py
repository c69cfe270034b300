"""/interfaces: the devices of this machine."""

from fastapi import APIRouter, HTTPException, Response

from app.model.config import Config, Interface
from app.model.facts import Facts
from app.service.edits.interfaces import set_interface
from app.web.access.authentication import API
from app.web.api.bodies import InterfaceBody, InterfaceDocument, InterfaceList
from app.web.api.saving import TheChange, tag
from app.web.panel import Panel, ThePanel

router = APIRouter(prefix="/interfaces", tags=["interfaces"], **API)


@router.get("")
def interfaces(panel: ThePanel, response: Response) -> InterfaceList:
    """Every device, present or only configured."""
    head, facts = panel.configuration.head(), _facts(panel)
    tag(response, head.number)
    names = dict.fromkeys([link.name for link in facts.links if not link.loopback])
    names.update(dict.fromkeys(one.name for one in head.config.interfaces))
    items = tuple(_document(name, head.config, facts) for name in names)
    return InterfaceList(revision=head.number, items=items)


@router.put("/{name}")
def replace(this: TheChange, name: str, body: InterfaceBody) -> InterfaceDocument:
    """Set role and addresses of a device."""
    if this.facts.link(name) is None and this.panel.configuration.head().config.interface(name) is None:
        raise HTTPException(404, "no such interface on this machine")
    saved = this.save(lambda config: set_interface(config, name, dict(body)), f"interface {name} changed")
    return _document(name, saved.after.config, this.facts)


def _facts(panel: Panel) -> Facts:
    status = panel.link.status
    return Facts() if status is None else status.facts


def _document(name: str, config: Config, facts: Facts) -> InterfaceDocument:
    interface = config.interface(name) or Interface(name=name)
    return InterfaceDocument(
        name=name,
        role=interface.role,
        managed=interface.managed,
        addresses=interface.addresses,
        gateways=tuple(one.number for one in config.gateways if one.interface == name),
        observed=facts.link(name),
    )

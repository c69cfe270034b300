"""/gateways: the ISPs."""

from fastapi import APIRouter, HTTPException, Response

from app.model.config import Config, Gateway
from app.service.edits.gateways import add_gateway, added_gateway, change_gateway, delete_gateway
from app.web.access.authentication import API
from app.web.api.bodies import GatewayBody, GatewayList
from app.web.api.saving import Change, TheChange, tag
from app.web.panel import ThePanel
from app.web.views import format as fmt

router = APIRouter(prefix="/gateways", tags=["gateways"], **API)


@router.get("")
def gateways(panel: ThePanel, response: Response) -> GatewayList:
    """Every gateway of the newest revision."""
    head = panel.configuration.head()
    tag(response, head.number)
    return GatewayList(revision=head.number, items=head.config.gateways)


@router.post("", status_code=201)
def add(this: TheChange, body: GatewayBody) -> Gateway:
    """Add a gateway. Without `interface` the subnet of the address decides."""
    facts, fields = this.facts, body.given()
    saved = this.save(
        lambda config: add_gateway(config, facts, fields),
        lambda before, after: f"{fmt.called('ISP', added_gateway(before, after).name)} added",
    )
    added = added_gateway(saved.before.config, saved.after.config)
    this.response.headers["Location"] = f"/api/v1/gateways/{added.number}"
    return added


@router.get("/{number}")
def gateway(panel: ThePanel, number: int, response: Response) -> Gateway:
    """One gateway of the newest revision."""
    head = panel.configuration.head()
    tag(response, head.number)
    return _one(head.config, number)


@router.patch("/{number}")
def change(this: TheChange, number: int, body: GatewayBody) -> Gateway:
    """Change some fields of a gateway."""
    name, fields = _name(this, number), body.given()
    saved = this.save(lambda config: change_gateway(config, number, fields), f"{fmt.called('ISP', name)} changed")
    return _one(saved.after.config, number)


@router.delete("/{number}", status_code=204)
def remove(this: TheChange, number: int) -> None:
    """Remove a gateway."""
    name = _name(this, number)
    this.save(lambda config: delete_gateway(config, number), f"{fmt.called('ISP', name)} removed")


def _name(this: Change, number: int) -> str:
    return _one(this.panel.configuration.head().config, number).name


def _one(config: Config, number: int) -> Gateway:
    found = config.gateway(number)
    if found is None:
        raise HTTPException(404, f"there is no gateway {number}")
    return found

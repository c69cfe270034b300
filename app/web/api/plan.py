"""/plan and /configuration: preview of a change, and the configuration as one document.

A document may be larger than what everybody may send, so that its body is read only once it is known who sends it:
by a dependency of its own, as FastAPI reads what a route declares before it asks anybody.
"""

import dataclasses
import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.errors import FieldError, InvalidConfig
from app.model.config import Config
from app.service.check_trials import tried
from app.service.document import exported, imported
from app.service.edits.gateways import add_gateway, change_gateway, delete_gateway
from app.service.edits.interfaces import set_interface
from app.service.edits.rules import add_rule, delete_rule, order_rules
from app.service.edits.settings import change_guard
from app.service.preview import preview
from app.web.access.authentication import API, CHANGES_NOTHING, TheCaller
from app.web.access.guard import LARGEST_DOCUMENT
from app.web.api.bodies import PlanBody, PlanDocument
from app.web.api.failover import as_asked
from app.web.api.rules import changed
from app.web.api.saving import Change, TheChange, tag
from app.web.panel import ThePanel

router = APIRouter(tags=["plan"], **API)


async def _text(request: Request, _caller: TheCaller) -> str:
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise HTTPException(400, "must be text in UTF-8") from error


TheText = Annotated[str, Depends(_text)]


def _proposal(text: TheText) -> PlanBody:
    try:
        return PlanBody.model_validate_json(text)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error


def _takes(schema: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI entry of a body that a dependency reads."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_PROPOSAL: Final = _takes({"$ref": f"#/components/schemas/{PlanBody.__name__}"})
_DOCUMENT: Final = _takes({"type": "object", "description": "as GET gives it"})


@router.post("/plan", dependencies=[CHANGES_NOTHING], max_body_size=LARGEST_DOCUMENT, openapi_extra=_PROPOSAL)
def plan(this: TheChange, body: Annotated[PlanBody, Depends(_proposal)]) -> PlanDocument:
    """Preview of these changes together. Nothing is changed; new health checks are run once, with a warning."""
    head, facts = this.panel.configuration.head(), this.facts
    after = _proposed(this, head.config, body)
    this.panel.configuration.require_good(after, head.config, facts)
    status = this.panel.link.status
    verdicts = {} if status is None else status.verdicts()
    tag(this.response, head.number)
    meant = preview(head.config, after, facts, verdicts, this.local)
    return PlanDocument.of(dataclasses.replace(meant, answers=tried(head.config, after, this.panel.home.worker_sock)))


@router.get("/configuration")
def configuration(panel: ThePanel) -> Response:
    """The newest revision as one document, without users, secrets and history."""
    head = panel.configuration.head()
    answer = Response(exported(head.config), media_type="application/json")
    tag(answer, head.number)
    return answer


@router.put("/configuration", max_body_size=LARGEST_DOCUMENT, openapi_extra=_DOCUMENT)
def replace(this: TheChange, text: TheText) -> PlanDocument:
    """Import a complete document (preview it with /plan). Returns what it changes."""
    config = imported(text)
    head, status = this.panel.configuration.head(), this.panel.link.status
    meant = preview(head.config, config, this.facts, {} if status is None else status.verdicts(), this.local)
    this.save(lambda _: config, "configuration imported")
    return PlanDocument.of(meant)


def _proposed(this: Change, config: Config, body: PlanBody) -> Config:
    """The configuration with all proposed changes, in the order of the body's fields."""
    if body.configuration is not None:
        config = imported(json.dumps(body.configuration))
    if body.restore is not None:
        config = this.panel.configuration.revision(body.restore).config
    if body.interface is not None:
        one = body.interface
        config = set_interface(config, one.name, dict(one))
    if body.gateway is not None:
        fields = body.gateway.given()
        number = fields.pop("number", None)
        config = add_gateway(config, this.facts, fields) if number is None else change_gateway(config, number, fields)
    if body.remove_gateway is not None:
        config = delete_gateway(config, body.remove_gateway)
    if body.failover is not None:
        config = as_asked(config, body.failover)
    if body.guard is not None:
        config = change_guard(config, dict(body.guard))
    config = _with_rules(config, body)
    if not body.model_fields_set:
        raise InvalidConfig(FieldError("", "must contain at least one field to change"))
    return config


def _with_rules(config: Config, body: PlanBody) -> Config:
    if body.rule is not None:
        fields = body.rule.given()
        number, place = fields.pop("number", None), fields.pop("place", None)
        config = add_rule(config, fields, place) if number is None else changed(config, number, fields, place)
    if body.remove_rule is not None:
        config = delete_rule(config, body.remove_rule)
    return config if body.order is None else order_rules(config, body.order.numbers)

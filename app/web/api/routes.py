"""All routes of the API. All but /healthz need a token or a session."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.web.access.authentication import API, EVERYBODY
from app.web.api import failover, gateways, guard, interfaces, observed, plan, revisions, rules
from app.web.api.bodies import Health, PlanBody
from app.web.panel import ThePanel

PREFIX = "/api/v1"

router = APIRouter(prefix=PREFIX)
described = APIRouter(**API)
unguarded = APIRouter(**EVERYBODY)


@described.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> dict[str, Any]:
    """The OpenAPI description of this API."""
    found = get_openapi(title="Multihome", version="1", routes=request.app.routes)
    components = found.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    # What FastAPI does not see, as a dependency reads it.
    _, read = models_json_schema([(PlanBody, "validation")], ref_template="#/components/schemas/{model}")
    components["schemas"] = {**read["$defs"], **components.get("schemas", {})}
    return {**found, "security": [{"token": []}]}


@unguarded.get("/healthz", tags=["health"])
def healthz(panel: ThePanel) -> Health:
    """Whether panel and worker are alive. No login, and nothing else in the response."""
    worker = "silent" if panel.link.is_silent else "alive"
    return Health(panel="alive", worker=worker, last_word_age_s=round(panel.link.silent_for_s, 1))


for part in (
    unguarded,
    observed.router,
    gateways.router,
    interfaces.router,
    failover.router,
    guard.router,
    rules.router,
    plan.router,
    revisions.router,
    described,
):
    router.include_router(part)

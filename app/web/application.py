"""The ASGI application: routes, what stands before them, and what happens when something goes wrong."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.web.access.guard import Guard
from app.web.access.sides import Sides
from app.web.access.visitors import visitor
from app.web.api import routes as api
from app.web.connections import SIDES
from app.web.live.board import Board
from app.web.live.streams import Streams
from app.web.pages import (
    backup,
    certificate,
    doctor,
    events,
    failover,
    gateway_form,
    gateways,
    interfaces,
    kernel,
    live,
    login,
    revisions,
    rule_form,
    rules,
    settings,
    setup,
    simulation,
    status,
    theme,
    transfer,
    welcome,
    welcome_checks,
)
from app.web.panel import Panel
from app.web.problems import add_handlers

log = logging.getLogger(__name__)

# Pages for everybody: what they show and do is guarded by what one has to know.
OPEN = (login.router, setup.router, theme.router)
# Pages for whoever is logged in; the dependency stands here so that no route can forget it.
SIGNED_IN = (
    login.signed_in,
    live.router,
    status.router,
    gateway_form.router,
    gateways.router,
    interfaces.router,
    rules.router,
    rule_form.router,
    failover.router,
    kernel.router,
    events.router,
    revisions.router,
    settings.router,
    certificate.router,
    doctor.router,
    transfer.router,
    backup.router,
    simulation.router,
    welcome.router,
    welcome_checks.router,
)


def create_application(panel: Panel, names: Iterable[str]) -> FastAPI:
    """The application of one panel; `names` are the host names that it answers to, beside every address."""
    app = FastAPI(lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    board = Board(panel)
    app.state.panel, app.state.board, app.state.streams = panel, board, Streams(panel.link, panel.lab)
    for router in OPEN:
        app.include_router(router, include_in_schema=False)
    for router in SIGNED_IN:
        app.include_router(router, include_in_schema=False, dependencies=[Depends(visitor)])
    app.include_router(api.router)
    app.add_route("/static/{path:path}", panel.templates.assets.answer, include_in_schema=False)
    add_handlers(app)
    # The innermost first: what Guard refuses is never compressed or routed.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Guard, names=tuple(names), certificate=panel.certificate)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Sides]]:
    """Listen to the worker, and to the lab if there is one, and follow the certificate, while the panel runs."""
    panel: Panel = app.state.panel
    listening = [asyncio.create_task(link.run()) for link in (panel.link, panel.lab) if link is not None]
    listening.append(asyncio.create_task(panel.certificate.watch()))
    try:
        yield {SIDES: panel.sides}
    finally:
        for task in listening:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

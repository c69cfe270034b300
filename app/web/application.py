"""The ASGI application: routes, middleware and error handlers."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.web.access.authentication import require_declared
from app.web.access.guard import Guard
from app.web.api import routes as api
from app.web.links.subscription import Subscription
from app.web.live.fragments import FragmentCache
from app.web.live.streams import Streams
from app.web.pages import (
    appearance,
    backup,
    certificate,
    docs,
    failover,
    gateway_form,
    gateways,
    guard,
    interfaces,
    isp,
    live,
    login,
    revisions,
    rule_form,
    rules,
    settings,
    setup,
    status,
    transfer,
    welcome,
)
from app.web.pages.problems import add_handlers
from app.web.panel import Panel
from app.web.transport.arrival import Arrival
from app.web.transport.connections import IS_HIDDEN_FROM

log = logging.getLogger(__name__)

# Each router declares who may call its routes.
PAGES = (
    login.router,
    login.signed_in,
    setup.router,
    appearance.router,
    live.router,
    status.router,
    gateway_form.router,
    gateways.router,
    isp.router,
    interfaces.router,
    rules.router,
    rule_form.router,
    failover.router,
    docs.router,
    guard.router,
    revisions.router,
    settings.router,
    certificate.router,
    transfer.router,
    backup.router,
    welcome.router,
)


def create_application(panel: Panel, names: Iterable[str]) -> FastAPI:
    """The application of one panel. `names`: its host names; every IP address is accepted as well."""
    app = FastAPI(lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.panel, app.state.fragments, app.state.streams = panel, FragmentCache(panel), Streams(*_links(panel))
    app.state.held_backups = backup.HeldBackups()
    for router in (*PAGES, *(() if panel.extension is None else (panel.extension.router,))):
        app.include_router(router, include_in_schema=False)
    app.include_router(api.router)
    require_declared(app.routes)
    add_handlers(app)
    # The innermost first: what Guard refuses is never compressed or routed.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Guard, names=tuple(names), certificate=panel.certificate, routes=app.routes)
    return app


def _links(panel: Panel) -> tuple[Subscription, ...]:
    return (panel.link, *(() if panel.extension is None else (panel.extension.link,)))


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Callable[[Arrival], bool]]]:
    """Listen to the worker, and to what feeds the extension, and follow the certificate, while the panel runs."""
    panel: Panel = app.state.panel
    listening = [asyncio.create_task(link.run()) for link in _links(panel)]
    listening.append(asyncio.create_task(panel.certificate.watch()))
    try:
        yield {IS_HIDDEN_FROM: panel.exposure.is_hidden_from}
    finally:
        for task in listening:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

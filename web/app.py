"""Puts everything together, and is the only place that does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from hub.accounts.reader import Reader
from hub.db.engine import Database
from hub.errors import Code, Refused
from hub.nodes.live import LiveNodes
from hub.settings import HubSettings
from web.api.validation import field_sentences
from web.events import Broker, tell_of_other_processes
from web.office import Office
from web.refusals import Refusals
from web.request_log import RequestLog
from web.routes import API_ROUTERS, PAGE_ROUTERS
from web.security.body_limit import BodyLimit
from web.security.cookies import Cookies
from web.security.cross_site import CrossSiteGuard
from web.security.faults import Faults
from web.security.headers import SecurityHeaders
from web.security.host import HostGuard
from web.sign_in_limits import SignInLimits
from web.static_files import OwnStaticFiles
from web.templating import Pages

log = structlog.get_logger()

#: A form or call that signs somebody in is judged by the pre-session cookie.
SIGN_IN_PATHS = frozenset({"/sign-in", "/api/v1/sign-in"})

_HTTP_CODES = {404: Code.NOT_FOUND, 405: Code.METHOD_REFUSED, 413: Code.INPUT_TOO_LARGE, 416: Code.RANGE_REFUSED}


def create_app(settings: HubSettings | None = None, database: Database | None = None) -> FastAPI:
    """The hub's application. Without arguments settings come from the environment; the database must be migrated."""
    settings = settings or HubSettings()
    office = _office(settings, database or Database(settings.database))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await office.nodes.start()
        watching = asyncio.create_task(tell_of_other_processes(office.broker, office.database))
        try:
            yield
        finally:
            watching.cancel()
            office.broker.close()
            await office.nodes.stop()
            await office.database.dispose()

    app = FastAPI(
        title="Điểm Cầu",
        version="1",
        summary="Online citizen reception: cases, sessions, turns, minutes, recordings.",
        description="Every refusal is `{code, message, details?}`. Times are ISO 8601 in UTC; ids are opaque.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=_guards(settings, office),
    )
    app.state.office = office
    for router in (*API_ROUTERS, *PAGE_ROUTERS):
        app.include_router(router)
    app.mount("/static", OwnStaticFiles(), name="static")
    _handle_refusals(app, office)
    return app


def _office(settings: HubSettings, database: Database) -> Office:
    cookies = Cookies(https=settings.address.startswith("https:"))
    pages = Pages(cookies, demo=settings.demo)
    office = Office(
        settings=settings,
        database=database,
        nodes=LiveNodes(database, settings),
        broker=Broker(),
        pages=pages,
        cookies=cookies,
        refusals=Refusals(pages),
        limits=SignInLimits(),
    )
    database.on_change(office.broker.on_change)
    return office


def _guards(settings: HubSettings, office: Office) -> list[Middleware]:
    """From the outside in."""
    answer = office.refusals.answer
    return [
        Middleware(RequestLog),
        Middleware(SecurityHeaders, signaling=[settings.node_address]),
        Middleware(HostGuard, origins=settings.origins, trusted_proxies=settings.trusted_proxies, answer=answer),
        Middleware(BodyLimit, answer=answer),
        Middleware(Faults, answer=answer),
        Middleware(
            CrossSiteGuard,
            origins=settings.origins,
            cookies=office.cookies,
            sign_in_paths=SIGN_IN_PATHS,
            answer=answer,
        ),
    ]


def _handle_refusals(app: FastAPI, office: Office) -> None:
    def answer(request: Request, code: Any, details: dict[str, Any] | None = None) -> Response:
        reader: Reader | None = getattr(request.state, "reader", None)
        return office.refusals.answer(request.scope, code, details, reader)

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return answer(request, error.code, dict(error.details))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(request, Code.INPUT_INVALID, {"fields": field_sentences(error.errors())})

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return answer(request, _HTTP_CODES.get(error.status_code, Code.INPUT_INVALID))

    @app.exception_handler(DBAPIError)
    async def database(request: Request, error: DBAPIError) -> Response:
        log.error("database error", kind=type(error.orig).__name__)
        return answer(request, Code.DATABASE_BUSY)

"""What a route is given: who asks, and a unit of work to answer with. The access table is asked here, once for all."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub.accounts.reader import Reader
from hub.accounts.roles import may
from hub.accounts.service import reader_of
from hub.db.engine import Work
from hub.errors import Code, Refused
from web.access import ACCESS, Open, Rule
from web.office import Office, office_of
from web.security.exchange import bearer


@dataclass(frozen=True)
class Desk:
    """One request's reader and unit of work. It is committed after the route returns and before the answer leaves."""

    request: Request
    office: Office
    work: Work
    reader: Reader

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page for this reader, at the unit of work's time."""
        return self.office.pages.render(self.request, template, self.reader, status=status, now=self.work.now, **values)


def secret_of(request: Request) -> str:
    """The caller's secret: a program's bearer token, else the browser's cookie."""
    office = office_of(request)
    return bearer(request.scope) or request.cookies.get(office.cookies.sign_in, "")


def address_of(request: Request) -> str:
    """The caller's address as the host guard found it."""
    return str(request.scope.get("state", {}).get("address", ""))


def rule_of(request: Request) -> Rule:
    """The route's row. A route without one is a mistake of ours and answers nobody."""
    route: Any = request.scope["route"]
    method = "GET" if request.method == "HEAD" else request.method
    return ACCESS[method, route.path_format]


async def _reader(request: Request, work: Work) -> Reader:
    """Raises `SIGN_IN_NEEDED` or `PERMISSION_MISSING`."""
    rule = rule_of(request)
    secret = secret_of(request)
    reader = await reader_of(work, secret, address_of(request)) if secret else None
    if reader is None:
        raise Refused(Code.SIGN_IN_NEEDED)
    request.state.reader = reader
    if not isinstance(rule, Open) and not may(reader, rule):
        raise Refused(Code.PERMISSION_MISSING)
    return reader


async def _desk(request: Request, opened: AbstractAsyncContextManager[Work]) -> AsyncIterator[Desk]:
    office = office_of(request)
    async with opened as work:
        # A sign-in may have been revoked, a session changed: nodes hear at once what they must.
        work.after_commit(office.nodes.notify)
        yield Desk(request, office, work, await _reader(request, work))


async def reading(request: Request) -> AsyncIterator[Desk]:
    async for desk in _desk(request, office_of(request).database.reading()):
        yield desk


async def writing(request: Request) -> AsyncIterator[Desk]:
    async for desk in _desk(request, office_of(request).database.unit_of_work()):
        yield desk


async def signed_in(request: Request) -> Reader:
    """Who asks, for routes that open their own units of work or hold none while they stream."""
    async with office_of(request).database.reading() as work:
        return await _reader(request, work)


# scope="function": the default ends a dependency after the answer was sent, and a failed commit would be a lie.
Reading = Annotated[Desk, Depends(reading, scope="function")]
Writing = Annotated[Desk, Depends(writing, scope="function")]
SignedIn = Annotated[Reader, Depends(signed_in, scope="function")]

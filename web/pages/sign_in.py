"""Signing in and out by form."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.accounts import service as accounts
from hub.accounts.models import SignInKind
from hub.errors import Refused
from web.desk import address_of, secret_of
from web.office import office_of
from web.security.cookies import csrf_token, new_pre_session

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def sign_in_page(request: Request, next: str = "/") -> Response:
    office = office_of(request)
    secret = secret_of(request)
    if secret:
        async with office.database.reading() as work:
            if await accounts.reader_of(work, secret, address_of(request)) is not None:
                return RedirectResponse(local_path(next), 303)
    return _form(request, local_path(next))


@router.post("/sign-in")
async def sign_in(
    request: Request,
    username: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    office = office_of(request)
    address = address_of(request)
    try:
        office.limits.take(username, address)
        secret, _, _ = await accounts.sign_in(
            office.database,
            username,
            password,
            SignInKind.COOKIE,
            request.headers.get("user-agent", ""),
            address,
            demo_allowed=office.settings.demo_accounts_allowed,
        )
    except Refused as refused:
        return _form(request, local_path(next), username, refused)
    office.limits.forgive(username, address)
    response = RedirectResponse(local_path(next), 303)
    office.cookies.keep(response, secret)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Ends the sign-in if there is one; the browser forgets its cookie in any case."""
    office = office_of(request)
    async with office.database.unit_of_work() as work:
        work.after_commit(office.nodes.notify)
        reader = await accounts.reader_of(work, secret_of(request), address_of(request))
        if reader is not None:
            await accounts.sign_out(work, reader)
    response = RedirectResponse("/sign-in", 303)
    office.cookies.forget(response)
    return response


def local_path(wanted: str) -> str:
    """A path of ours, or "/": nobody is sent to another site after signing in."""
    fits = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if fits and "\\" not in wanted else "/"


def _form(request: Request, next: str, username: str = "", refused: Refused | None = None) -> Response:
    office = office_of(request)
    value = request.cookies.get(office.cookies.pre_session) or new_pre_session()
    response = office.pages.render(
        request,
        "sign_in.html",
        status=refused.entry.status if refused else 200,
        form_csrf=csrf_token(value),
        next=next,
        username=username,
        problem=refused.entry.sentence if refused else "",
    )
    office.cookies.keep_pre_session(response, value)
    return response

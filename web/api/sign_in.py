"""Signing in and out by JSON, and who one is."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from hub.accounts import service as accounts
from hub.accounts.models import AccountRole, SignInKind
from hub.accounts.reader import Reader
from hub.errors import Code, Refused
from web.access import API
from web.desk import SignedIn, Writing, address_of, secret_of
from web.office import office_of
from web.security.cookies import csrf_token, new_pre_session

router = APIRouter(prefix=API, tags=["sign-in"])


class SignInBody(BaseModel):
    username: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=200)]
    #: What the person will recognise in the list of sign-ins: "rehearsal of 22/11".
    device: Annotated[str, Field(max_length=200)] = ""


class AccountOut(BaseModel):
    id: str
    name: str
    title: str
    roles: list[AccountRole]
    demo: bool


class SignInOut(BaseModel):
    """`token` is for programs, as `Authorization: Bearer`. `csrf` belongs to the cookie that was set."""

    token: str
    csrf: str
    account: AccountOut


class MeOut(BaseModel):
    account: AccountOut
    units: list[str]
    sites: list[str]
    csrf: str


class PreSessionOut(BaseModel):
    csrf: str


def account_out(reader: Reader) -> AccountOut:
    return AccountOut(
        id=reader.account_id,
        name=reader.name,
        title=reader.title,
        roles=sorted(reader.roles),
        demo=reader.demo,
    )


@router.get("/sign-in")
async def pre_session(request: Request, response: Response) -> PreSessionOut:
    """For scripts in a browser: a cookie and the token that must come with `POST /sign-in`. Programs need neither."""
    value = new_pre_session()
    office_of(request).cookies.keep_pre_session(response, value)
    return PreSessionOut(csrf=csrf_token(value))


@router.post("/sign-in")
async def sign_in(request: Request, response: Response, body: Annotated[SignInBody, Body()]) -> SignInOut:
    office = office_of(request)
    address = address_of(request)
    office.limits.take(body.username, address)
    secret, _, _ = await accounts.sign_in(
        office.database,
        body.username,
        body.password,
        SignInKind.BEARER,
        body.device or request.headers.get("user-agent", ""),
        address,
        demo_allowed=office.settings.demo_accounts_allowed,
    )
    office.limits.forgive(body.username, address)
    office.cookies.keep(response, secret)
    async with office.database.reading() as work:
        reader = await accounts.reader_of(work, secret, address)
    if reader is None:
        # Revoked between two units of work.
        raise Refused(Code.SIGN_IN_NEEDED)
    return SignInOut(token=secret, csrf=csrf_token(secret), account=account_out(reader))


@router.post("/sign-out", status_code=204)
async def sign_out(desk: Writing, response: Response) -> None:
    await accounts.sign_out(desk.work, desk.reader)
    desk.office.cookies.forget(response)


@router.get("/me")
async def me(request: Request, reader: SignedIn) -> MeOut:
    return MeOut(
        account=account_out(reader),
        units=sorted(reader.unit_ids),
        sites=sorted(reader.site_ids),
        csrf=csrf_token(secret_of(request)),
    )

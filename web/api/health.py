"""Is the process alive, and may it be given requests."""

import asyncio

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse

from hub.db.migrate import is_current
from hub.errors import ENTRIES, Code
from web.office import office_of

router = APIRouter(tags=["health"])

#: A database that has not answered after this long is not ready for people either. Seconds.
ANSWER_TIMEOUT = 3.0


class HealthOut(BaseModel):
    status: str


class ReadyOut(BaseModel):
    """`node`: whether a media node is linked. The hub serves without one; only calls need it."""

    status: str
    node: bool


@router.get("/healthz")
async def healthz() -> HealthOut:
    return HealthOut(status="ok")


@router.get("/readyz", response_model=ReadyOut)
async def readyz(request: Request) -> ReadyOut | JSONResponse:
    """The database answers and is migrated; 503 with a code otherwise."""
    office = office_of(request)
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT):
            current = await is_current(office.database)
    except (SQLAlchemyError, OSError, TimeoutError):
        return _not_ready(Code.DATABASE_BUSY)
    return ReadyOut(status="ok", node=office.nodes.connected) if current else _not_ready(Code.DATABASE_OLD)


def _not_ready(code: Code) -> JSONResponse:
    return JSONResponse({"code": code.value, "message": ENTRIES[code].sentence}, 503)

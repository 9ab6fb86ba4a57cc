"""Nhật ký: the audit log for auditors, and whether its chain holds."""

import json

from fastapi import APIRouter
from starlette.responses import Response

from hub.audit import service as audit
from web.desk import Reading

router = APIRouter(include_in_schema=False)

PAGE = 100


@router.get("/audit")
async def audit_page(
    desk: Reading, before: int | None = None, action: str = "", actor: str = "", object: str = ""
) -> Response:
    entries = await audit.list_entries(
        desk.work, desk.reader, before=before, action=action[:60], actor=actor[:40], object_id=object[:80], limit=PAGE
    )
    breaks = await audit.verify_chain(desk.work)
    rows = [(entry, json.loads(entry.detail)) for entry in entries]
    return desk.page(
        "audit.html", rows=rows, breaks=breaks, action=action, actor=actor, object=object, full=len(entries) == PAGE
    )

"""Vụ việc: search, one case with its history, and the form for a new one."""

from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.accounts.models import AccountRole as R
from hub.cases import service as cases
from hub.cases.models import CaseClass, CaseKind
from hub.clock import in_vietnam
from hub.errors import Refused
from hub.minutes.history import case_history
from hub.units import service as units
from hub.units.models import UnitKind
from web.api.cases import CaseIn
from web.api.validation import field_sentences
from web.desk import Desk, Reading, Writing
from web.forms import fields_of, vietnamese_date
from web.presentation import words

router = APIRouter(include_in_schema=False)

#: Rows on one page of the list.
PAGE = 50


@router.get("/cases")
async def list_page(desk: Reading, q: str = "", page: int = 1) -> Response:
    query, page = q[:200].strip(), max(1, min(page, 1000))
    rows = await cases.list_cases(desk.work, desk.reader, query, PAGE, (page - 1) * PAGE)
    count = await cases.count_cases(desk.work, desk.reader, query)
    today = in_vietnam(desk.work.now).date()
    return desk.page(
        "cases.html", rows=rows, count=count, query=query, number=page, pages=-(-count // PAGE), today=today
    )


@router.get("/cases/new")
async def new_page(desk: Reading) -> Response:
    return await _form(desk, {"kind": CaseKind.COMPLAINT.value, "honorific": "ông", "people_count": "1"}, {})


@router.post("/cases/new")
async def create(request: Request, desk: Writing) -> Response:
    form = await request.form()
    values = fields_of(form)
    try:
        wanted = CaseIn.model_validate(_wanted(form))
    except ValidationError as error:
        sentences = {found["field"]: found["message"] for found in field_sentences(error.errors())}
        return await _form(desk, values, {_FIELDS.get(name, name): text for name, text in sentences.items()}, 422)
    try:
        case = await cases.create_case(desk.work, desk.reader, wanted.order())
    except Refused as refused:
        field = str(refused.details.get("field", "unit_id" if "UNIT" in refused.code.value else ""))
        return await _form(desk, values, {field: refused.entry.sentence}, refused.entry.status)
    return RedirectResponse(f"/cases/{case.id}", 303)


@router.get("/cases/{case_id}")
async def case_page(case_id: str, desk: Writing) -> Response:
    """Opening a restricted or sealed case is audited, hence a unit of work."""
    view = await cases.get_case(desk.work, desk.reader, case_id)
    history = await case_history(desk.work, desk.reader, case_id)
    today = in_vietnam(desk.work.now).date()
    return desk.page("case.html", case=view, history=history, today=today)


#: Where a nested field of the model stands on the form.
_FIELDS = {"parties.0.full_name": "full_name", "parties.0.birth_year": "birth_year", "parties.0.capacity": "capacity"}


def _wanted(form: FormData) -> dict[str, Any]:
    values = fields_of(form)
    wanted: dict[str, Any] = {
        name: values[name]
        for name in ("kind", "field", "subject", "summary", "unit_id", "instance", "people_count", "case_class")
        if values.get(name)
    }
    if values.get("next_deadline"):
        wanted["next_deadline"] = vietnamese_date(values["next_deadline"])
    if values.get("full_name"):
        wanted["parties"] = [
            {
                "full_name": values["full_name"],
                "honorific": values.get("honorific", ""),
                "birth_year": values.get("birth_year") or None,
                "language": values.get("language", ""),
                "capacity": values.get("capacity") or "Người trình bày",
            }
        ]
    return wanted


async def _form(desk: Desk, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    all_units = await units.list_units(desk.work, desk.reader)
    communes = [unit for unit in all_units if unit.kind in (UnitKind.COMMUNE, UnitKind.WARD)]
    if desk.reader.has(R.COMMUNE_OFFICER, R.SITE_HEAD):
        communes = [unit for unit in communes if unit.id in desk.reader.unit_ids]
        if len(communes) == 1:
            values = {**values, "unit_id": values.get("unit_id") or communes[0].id}
    return desk.page(
        "case_new.html",
        status=status,
        values=values,
        errors=errors,
        communes=communes,
        kinds=[(kind.value, words.CASE_KIND[kind]) for kind in CaseKind],
        classes=[(c.value, words.CASE_CLASS[c].word) for c in (CaseClass.NORMAL, CaseClass.RESTRICTED)],
    )

"""All routes, in the order of the documentation."""

from fastapi import APIRouter

from web.api import cases, events, health, minutes, nodes_link, recordings, sessions, sign_in, turns, units
from web.pages import audit as audit_page
from web.pages import calendar as calendar_page
from web.pages import call as call_pages
from web.pages import cases as case_pages
from web.pages import check_in as check_in_pages
from web.pages import records as record_pages
from web.pages import sessions as session_pages
from web.pages import sign_in as sign_in_pages
from web.pages import today as today_page

API_ROUTERS: tuple[APIRouter, ...] = (
    sign_in.router,
    units.router,
    cases.router,
    sessions.router,
    turns.router,
    minutes.router,
    recordings.router,
    events.router,
    nodes_link.router,
    health.router,
)

PAGE_ROUTERS: tuple[APIRouter, ...] = (
    sign_in_pages.router,
    today_page.router,
    calendar_page.router,
    case_pages.router,
    session_pages.router,
    check_in_pages.router,
    call_pages.router,
    record_pages.router,
    audit_page.router,
)

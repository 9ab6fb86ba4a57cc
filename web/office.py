"""What the hub's process holds once: settings, database, nodes, pages, the event broker."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import HTTPConnection

from hub.db.engine import Database
from hub.nodes.live import LiveNodes
from hub.settings import HubSettings
from web.events import Broker
from web.refusals import Refusals
from web.security.cookies import Cookies
from web.sign_in_limits import SignInLimits
from web.templating import Pages


@dataclass(frozen=True)
class Office:
    settings: HubSettings
    database: Database
    nodes: LiveNodes
    broker: Broker
    pages: Pages
    cookies: Cookies
    refusals: Refusals
    limits: SignInLimits


def office_of(connection: HTTPConnection) -> Office:
    """The office of the application that answers this request."""
    app: FastAPI = connection.app
    office: Office = app.state.office
    return office

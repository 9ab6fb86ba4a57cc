"""The Jinja2 environment and what every page is given."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub.accounts.reader import Reader
from hub.accounts.roles import Permission, may
from hub.clock import in_vietnam
from web.navigation import bars
from web.presentation import dates, names, words
from web.security.cookies import Cookies, csrf_token
from web.static_files import static_address
from web.translation import COOKIE, LANGUAGES, SOURCE, translate

FOLDER = Path(__file__).resolve().parent / "templates"


#: The language of the page being rendered; imported macros know no page context.
_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def _gettext(sentence: str) -> str:
    return translate(_language.get(), sentence)


def _ngettext(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(static=static_address, Permission=Permission)
    environment.filters.update(
        day=dates.day,
        hour=dates.hour,
        day_and_hour=dates.day_and_hour,
        weekday=dates.weekday,
        iso=dates.iso,
        clock_span=dates.clock_span,
        unbroken=names.unbroken,
        word=words.word,
        sign=words.sign,
        action_word=lambda action: words.AUDIT_ACTION.get(action, action),
        zip=zip,
    )
    return environment


class Pages:
    """Renders pages. `demo`: the banner that says the data are samples."""

    def __init__(self, cookies: Cookies, *, demo: bool) -> None:
        self._environment = _environment()
        self._cookies = cookies
        self.demo = demo

    def render(
        self,
        request: Request,
        template: str,
        reader: Reader | None = None,
        *,
        status: int = 200,
        now: datetime | None = None,
        **values: Any,
    ) -> HTMLResponse:
        language = request.query_params.get("lang") or request.cookies.get(COOKIE, SOURCE)
        language = language if language in LANGUAGES else SOURCE
        moment = now or datetime.now(UTC)
        context: dict[str, Any] = {
            "me": reader,
            "csrf": self.csrf(request),
            "csp_nonce": request.scope.get("state", {}).get("csp_nonce", ""),
            "path": request.url.path,
            "lang": language,
            "languages": LANGUAGES,
            "demo": self.demo,
            "now": in_vietnam(moment),
            "utc_now": moment,
            "bars": bars(reader) if reader else (),
            "may": (lambda permission: may(reader, permission)) if reader else (lambda permission: False),
            "page_data": None,
            **values,
        }
        if isinstance(context["page_data"], Mapping) and reader is not None:
            context["page_data"] = {**self._page_data(request, reader, moment), **context["page_data"]}
        _language.set(language)
        response = HTMLResponse(self._environment.get_template(template).render(context), status_code=status)
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(COOKIE, language, max_age=365 * 24 * 3600, samesite="lax", secure=self._cookies.https)
        return response

    def csrf(self, request: Request) -> str:
        """The token this browser must send back, or "" while it is not signed in."""
        secret = request.cookies.get(self._cookies.sign_in, "")
        return csrf_token(secret) if secret else ""

    def _page_data(self, request: Request, reader: Reader, moment: datetime) -> dict[str, Any]:
        return {
            "api": "/api/v1",
            "csrf": self.csrf(request),
            "server_time": moment.isoformat(),
            "account": {
                "id": reader.account_id,
                "name": reader.name,
                "title": reader.title,
                "roles": sorted(role.value for role in reader.roles),
            },
        }

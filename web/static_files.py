"""Our own static files: addresses with a hash of the content, and headers that let browsers keep what cannot change."""

import hashlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).resolve().parent / "static"

#: An address with the content's hash never means anything else.
_FOREVER = "public, max-age=31536000, immutable"
#: Modules import each other by plain addresses: asked again each time, answered 304 by ETag when unchanged.
_ASK_AGAIN = "no-cache"


def static_address(path: str) -> str:
    """ "js/room.js" → "/static/js/room.js?v=3f9a0c12", the hash of what the file holds now."""
    file = FOLDER / path
    try:
        return f"/static/{path}?v={_hash(file, file.stat().st_mtime_ns)}"
    except FileNotFoundError:
        return f"/static/{path}"


@lru_cache(maxsize=512)
def _hash(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]


class OwnStaticFiles(StaticFiles):
    """Starlette's, with `Cache-Control`."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        version = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v", [""])[0]
        current = static_address(path.replace("\\", "/")).rpartition("?v=")[2]
        response.headers["Cache-Control"] = _FOREVER if version and version == current else _ASK_AGAIN
        return response

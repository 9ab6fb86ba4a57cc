"""Where media nodes dial in. The guards refuse any request with an Origin before this: nodes are no browsers."""

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from hub.nodes.link import LinkRefused
from web.access import API
from web.office import office_of

router = APIRouter(prefix=API)

#: "Policy violation" (RFC 6455, 7.4.1): the key was wrong, dialling again with it is pointless.
REFUSED = 1008
GONE = 1001


@router.websocket("/nodes/link")
async def nodes_link(websocket: WebSocket) -> None:
    """Holds no transaction; the link opens a unit of work for each batch of facts."""
    await websocket.accept()

    async def receive() -> bytes:
        message = await websocket.receive()
        if message["type"] != "websocket.receive":
            raise ConnectionResetError("the node hung up")
        data: bytes = message.get("bytes") or (message.get("text") or "").encode()
        return data

    async def send(data: bytes) -> None:
        try:
            await websocket.send_bytes(data)
        except (RuntimeError, WebSocketDisconnect) as error:
            raise ConnectionResetError("the node hung up") from error

    try:
        await office_of(websocket).nodes.serve(receive, send, websocket.headers.get("authorization", ""))
    except LinkRefused as refused:
        await websocket.close(REFUSED, refused.code.value)
    except (TimeoutError, ConnectionError):
        # Nobody is there any more; the node dials again by itself.
        return
    if {websocket.application_state, websocket.client_state} == {WebSocketState.CONNECTED}:
        await websocket.close(GONE)

"""Debian's Janus as the yardstick: one process of it in a temporary folder, spoken to over a Unix websocket."""

import asyncio
import contextlib
import json
import secrets
import shutil
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.typing import Subprotocol

from signaling.rehearsal.descriptions import Description, Outgoing, read_description, write_answer, write_offer
from signaling.rehearsal.peer import MediaPeer

JANUS = shutil.which("janus")
_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu/janus")
_ROOM = 1234


def janus_is_here() -> bool:
    return JANUS is not None and (_LIBRARIES / "plugins").is_dir()


def _write_configuration(folder: Path, socket_path: Path, first_port: int) -> None:
    (folder / "janus.jcfg").write_text(
        f"""
general: {{
    configs_folder = "{folder}"
    plugins_folder = "{_LIBRARIES}/plugins"
    transports_folder = "{_LIBRARIES}/transports"
    events_folder = "{_LIBRARIES}/events"
    loggers_folder = "{_LIBRARIES}/loggers"
    debug_level = 2
    log_to_stdout = true
}}
media: {{
    rtp_port_range = "{first_port}-{first_port + 400}"
}}
nat: {{
    ice_lite = true
    full_trickle = false
}}
plugins: {{
    disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so"
}}
transports: {{
    disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so"
}}
"""
    )
    (folder / "janus.transport.websockets.jcfg").write_text(
        f"""
general: {{
    json = "compact"
    ws = true
    ws_port = 0
    ws_unix = "{socket_path}"
    wss = false
}}
"""
    )
    (folder / "janus.plugin.videoroom.jcfg").write_text(
        f"""
general: {{ }}
room-{_ROOM}: {{
    description = "bench"
    publishers = 6
    bitrate = 0
    record = false
    videocodec = "vp8"
    audiocodec = "opus"
}}
"""
    )


class JanusError(Exception):
    """Janus refused a request or did not start."""


class Janus:
    """A running Janus with one video room. `pid` is the process whose CPU counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket_path = folder / "ws.sock"
        self._process: asyncio.subprocess.Process | None = None
        self._websocket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._session = 0
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._publisher_handle = 0
        self._publisher_up = asyncio.Event()
        self.feed = 0

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Raises `JanusError`."""
        # The range only has to be free of ports in use; libnice looks for free ones within it.
        first_port = 20_000 + secrets.randbelow(20_000)
        _write_configuration(self._folder, self._socket_path, first_port)
        log = (self._folder / "janus.log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            str(JANUS), "-F", str(self._folder), "-C", str(self._folder / "janus.jcfg"), stdout=log, stderr=log
        )
        async with asyncio.timeout(15):
            while True:
                if self._process.returncode is not None:
                    raise JanusError((self._folder / "janus.log").read_text(errors="replace")[-2000:])
                with contextlib.suppress(OSError):
                    self._websocket = await unix_connect(
                        str(self._socket_path), "ws://localhost/", subprotocols=[Subprotocol("janus-protocol")]
                    )
                    break
                await asyncio.sleep(0.05)
        self._reader = asyncio.create_task(self._read())
        self._session = (await self._request({"janus": "create"}))["data"]["id"]

    async def stop(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        if self._websocket is not None:
            await self._websocket.close()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def publish(self, peer: MediaPeer, outgoing: Outgoing) -> Description:
        """Joins as publisher; returns Janus's answer."""
        handle = self._publisher_handle = await self._attach()
        offer = write_offer(outgoing, peer.credentials, peer.identity.fingerprint, peer.port, setup="active")
        event = await self._message(
            handle,
            {"request": "joinandconfigure", "ptype": "publisher", "room": _ROOM, "bitrate": 0},
            {"type": "offer", "sdp": offer},
        )
        self.feed = event["plugindata"]["data"]["id"]
        return read_description(event["jsep"]["sdp"])

    async def subscribe(self, peer: MediaPeer) -> Description:
        """Subscribes to the publisher and answers; returns Janus's offer."""
        await asyncio.wait_for(self._publisher_up.wait(), 10)
        handle = await self._attach()
        event = await self._message(
            handle, {"request": "join", "ptype": "subscriber", "room": _ROOM, "streams": [{"feed": self.feed}]}
        )
        offer = read_description(event["jsep"]["sdp"])
        answer = write_answer(offer, peer.credentials, peer.identity.fingerprint, peer.port)
        await self._message(handle, {"request": "start"}, {"type": "answer", "sdp": answer})
        return offer

    async def _attach(self) -> int:
        answer = await self._request({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        handle: int = answer["data"]["id"]
        return handle

    async def _message(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        message: dict[str, Any] = {"janus": "message", "handle_id": handle, "body": body}
        if jsep is not None:
            message["jsep"] = jsep
        event = await self._request(message)
        data = event["plugindata"]["data"]
        if "error" in data:
            raise JanusError(data["error"])
        return event

    async def _request(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._websocket is not None
        transaction = secrets.token_hex(8)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[transaction] = answer
        if self._session:
            message["session_id"] = self._session
        await self._websocket.send(json.dumps({**message, "transaction": transaction}))
        try:
            return await asyncio.wait_for(answer, 15)
        finally:
            del self._answers[transaction]

    async def _read(self) -> None:
        assert self._websocket is not None
        async for text in self._websocket:
            message = json.loads(text)
            if message.get("janus") == "ack":
                continue
            if message.get("janus") == "webrtcup" and message.get("sender") == self._publisher_handle:
                self._publisher_up.set()
            answer = self._answers.get(message.get("transaction", ""))
            if answer is None or answer.done():
                continue
            if message["janus"] == "error":
                answer.set_exception(JanusError(message["error"]["reason"]))
            else:
                answer.set_result(message)

"""`python -m web`: the hub's process, on HUB_BIND and HUB_HTTP_PORT."""

import socket

import uvicorn

from hub.logging import configure
from hub.settings import HubSettings
from signaling.protocol.hub_link import MAX_LINK_BYTES
from web.app import create_app
from web.office import Office

#: A browser's idle connection outlives the pauses between two saved lines. Seconds.
KEEP_ALIVE = 30
#: After this long, streams that are still open at a stop are cut; browsers come back by themselves. Seconds.
DRAIN_TIMEOUT = 5


class Server(uvicorn.Server):
    """Ends the event streams before it waits for open answers: a stream would be open for ever."""

    def __init__(self, config: uvicorn.Config, office: Office) -> None:
        super().__init__(config)
        self._office = office

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._office.broker.close()
        await super().shutdown(sockets)


def main() -> None:
    settings = HubSettings()
    configure("hub", settings.log_level)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.bind,
        port=settings.http_port,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=DRAIN_TIMEOUT,
        ws="websockets-sansio",
        ws_max_size=MAX_LINK_BYTES,
        ws_ping_interval=10,
        ws_ping_timeout=20,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    Server(config, app.state.office).run()


if __name__ == "__main__":
    main()

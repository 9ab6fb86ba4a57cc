"""`python -m web`: the hub's process, on HUB_BIND and HUB_HTTP_PORT."""

import uvicorn

from hub.logging import configure
from hub.settings import HubSettings
from web.app import create_app

#: A browser's idle connection outlives the pauses between two saved lines. Seconds.
KEEP_ALIVE = 30
#: After this long, streams that are still open at a stop are cut; browsers come back by themselves. Seconds.
DRAIN_TIMEOUT = 5


def main() -> None:
    settings = HubSettings()
    configure("hub", settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.bind,
        port=settings.http_port,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=DRAIN_TIMEOUT,
        ws="websockets-sansio",
        ws_max_size=4 * 1024 * 1024,
        ws_ping_interval=10,
        ws_ping_timeout=20,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )


if __name__ == "__main__":
    main()

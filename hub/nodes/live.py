"""Everything of the live part that the hub's process holds: keys, links, passes. One object per process."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from hub.accounts.reader import Reader
from hub.db.engine import Database
from hub.errors import Code, Refused
from hub.nodes import greeting, service
from hub.nodes.keys import load_or_create
from hub.nodes.link import NodeLink, Receive, Send
from hub.nodes.service import JoinTicket
from hub.settings import HubSettings

#: A node that was restarted greets again within a second; a person rather waits than reads a refusal.
NODE_WAIT_TIMEOUT = 3.0
#: The node is sent the seat before its pass is handed out; if that takes longer the browser's own retry is better.
SENT_TIMEOUT = 2.0
#: Between two looks at a node whose new process is just taking over its sessions.
_RETRY_INTERVAL = 0.1


class LiveNodes:
    """Make it with the process's database; `start` before anything else. Raises `KeyUnusable` for a spoilt key file."""

    def __init__(self, database: Database, settings: HubSettings) -> None:
        self._database = database
        self._settings = settings
        self.keys = load_or_create(settings.keys_dir, settings.link_key_file)
        self.link = NodeLink(database, self.keys, settings.origins)

    async def start(self) -> None:
        """Make this machine's node known. The database must be migrated."""
        async with self._database.unit_of_work() as work:
            await greeting.register(work, self._settings.node_id, self.keys.link_key_hash, self._settings.node_address)

    async def stop(self) -> None:
        """End all links; nodes dial again when a hub is back."""
        await self.link.stop()

    @property
    def connected(self) -> bool:
        """Whether a node is linked to this process."""
        return bool(self.link.connected)

    def notify(self) -> None:
        """Look at once whether nodes must hear something, instead of within a second."""
        self.link.notify()

    def on_facts(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Call `listener` with the ids of the sessions whose facts were just committed."""
        self.link.on_facts(listener)

    async def serve(self, receive: Receive, send: Send, authorization: str) -> None:
        """See `NodeLink.serve`."""
        await self.link.serve(receive, send, authorization)

    async def join(self, reader: Reader, session_id: str, seat_id: str | None = None) -> JoinTicket:
        """A join pass, committed, and known to the node. Waits for a node that is just starting.

        Raises `Refused` as `hub.nodes.service.issue_join_pass` does."""
        ticket = await self._issue(reader, session_id, seat_id)
        if ticket.node in self.link.connected:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SENT_TIMEOUT):
                    await self.link.wait_sent(ticket.node, ticket.session, ticket.generation, ticket.revision)
        return ticket

    async def _issue(self, reader: Reader, session_id: str, seat_id: str | None) -> JoinTicket:
        give_up_at = time.monotonic() + NODE_WAIT_TIMEOUT
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, give_up_at - time.monotonic())):
                    await self.link.wait_connected()
            try:
                async with self._database.unit_of_work() as work:
                    return await service.issue_join_pass(work, reader, self.keys, session_id, seat_id)
            except Refused as refused:
                if refused.code is not Code.NODE_UNAVAILABLE or time.monotonic() >= give_up_at:
                    raise
            await asyncio.sleep(_RETRY_INTERVAL)

"""An office with one planned session, in a real database, and a node's end of a link over a real loopback socket."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from hub.accounts.models import Account, AccountRole, RoleGrant
from hub.cases.models import Case, CaseClass, CaseKind
from hub.db.engine import Database
from hub.ids import new_id
from hub.nodes.link import LinkRefused
from hub.nodes.live import LiveNodes
from hub.sessions.models import Seat, Session, SessionKind, SessionSite, SessionState, Turn, TurnSeat
from hub.settings import HubSettings
from hub.units.models import Site, Unit, UnitKind
from signaling.protocol import codec
from signaling.protocol.base import Message
from signaling.protocol.hub_link import (
    LINK_VERSION,
    DesiredState,
    Fact,
    FactRecord,
    Facts,
    FactsConfirmed,
    HubMessage,
    LinkWelcome,
    NodeHello,
)
from signaling.protocol.ids import NodeId, SessionId
from signaling.protocol.vocabulary import RecordingPolicy, Role, TurnState
from tests.hub.conftest import Postgres, Templates

_M = TypeVar("_M")

on_both_engines = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)

#: Longer than any step takes on a busy machine; a test that needs it has failed.
PATIENCE = 10.0


@dataclass
class Planned:
    """Ids of the planned session."""

    session: str = field(default_factory=new_id)
    turn: str = field(default_factory=new_id)
    chair: str = field(default_factory=new_id)
    secretary: str = field(default_factory=new_id)
    chair_seat: str = field(default_factory=new_id)
    site_seat: str = field(default_factory=new_id)


async def plan_session(
    database: Database, *, starts_in: timedelta = timedelta(minutes=5), code: str = "PH-2026-001"
) -> Planned:
    planned, unit, site, case = Planned(), new_id(), new_id(), new_id()
    now = datetime.now(UTC)
    async with database.unit_of_work() as work:
        session = work.session

        async def put(*rows: object) -> None:
            session.add_all(rows)
            await session.flush()

        await put(Unit(id=unit, code=f"u{code}", name="Xã Na Dương", name_folded="xa na duong", kind=UnitKind.COMMUNE))
        await put(Site(id=site, unit_id=unit, code=f"s{code}", name="Na Dương"))
        for account, role in ((planned.chair, AccountRole.LEADER), (planned.secretary, AccountRole.SECRETARY)):
            await put(
                Account(
                    id=account,
                    username=account,
                    full_name="Đỗ Quang Thử",
                    honorific="ông",
                    title="Chủ trì",
                    unit_id=unit,
                    password_hash="x",
                    created_at=now,
                )
            )
            await put(
                RoleGrant(id=new_id(), account_id=account, role=role, unit_id=unit, valid_from=now - timedelta(days=1))
            )
        await put(
            Case(
                id=case,
                code=f"LS-{code}",
                kind=CaseKind.COMPLAINT,
                case_class=CaseClass.NORMAL,
                field="Đất đai",
                subject="Bồi thường",
                summary="",
                search_folded="",
                unit_id=unit,
                stage="",
                created_by="x",
                created_at=now,
            )
        )
        await put(
            Session(
                id=planned.session,
                code=code,
                kind=SessionKind.DIALOGUE,
                title="Đối thoại",
                state=SessionState.PLANNED,
                recording_policy=RecordingPolicy.AFTER_ANNOUNCEMENT,
                start_plan=now + starts_in,
                host_site_id=site,
                chair_account_id=planned.chair,
                secretary_account_id=planned.secretary,
                created_by="x",
                created_at=now,
            )
        )
        await put(SessionSite(session_id=planned.session, site_id=site))
        await put(Turn(id=planned.turn, session_id=planned.session, number=1, case_id=case, state=TurnState.WAITING))
        await put(
            Seat(
                id=planned.chair_seat,
                session_id=planned.session,
                site_id=site,
                account_id=planned.chair,
                role=Role.CHAIR,
                name="Ông Đỗ Quang Thử",
                all_turns=True,
            ),
            Seat(id=planned.site_seat, session_id=planned.session, site_id=site, role=Role.SITE, name="Na Dương"),
        )
        await put(TurnSeat(turn_id=planned.turn, seat_id=planned.site_seat))
    return planned


@dataclass
class NodeEnd:
    """A node's end of the link: real messages over a real websocket."""

    socket: ClientConnection
    boot: str
    number: int = 0

    async def send(self, message: Message) -> None:
        await self.socket.send(codec.encode(message))

    async def hear(self) -> HubMessage:
        async with asyncio.timeout(PATIENCE):
            return codec.decode_hub_message(await self.socket.recv(decode=False))

    async def hear_of(self, kind: type[_M], where: Callable[[_M], bool] = lambda _: True) -> _M:
        """The next message of that kind; others are passed over."""
        while True:
            message = await self.hear()
            if isinstance(message, kind) and where(message):
                return message

    def record(self, session: str, fact: Fact, *, generation: int = 1, at: float = 1.0, boot: str = "") -> FactRecord:
        self.number += 1
        return FactRecord(
            boot=boot or self.boot,
            number=self.number,
            session=SessionId(session),
            generation=generation,
            at=at,
            wall=datetime.now(UTC).timestamp(),
            fact=fact,
        )

    async def report(self, *records: FactRecord) -> None:
        """Send facts and wait for each process's confirmation."""
        await self.send(Facts(facts=list(records)))
        wanted = {record.boot: record.number for record in records}
        while wanted:
            confirmed = await self.hear_of(FactsConfirmed)
            if wanted.get(confirmed.boot) == confirmed.number:
                del wanted[confirmed.boot]

    async def close(self) -> None:
        await self.socket.close()


@dataclass
class LiveOffice:
    """A hub with its link on a loopback port."""

    database: Database
    settings: HubSettings
    nodes: LiveNodes
    port: int
    refusals: list[LinkRefused]

    async def dial(
        self, boot: str, *, previous: list[str] | None = None, key: str | None = None, hello: bool = True
    ) -> NodeEnd:
        headers = {"Authorization": f"Bearer {self.nodes.keys.link_key if key is None else key}"}
        socket = await connect(f"ws://127.0.0.1:{self.port}/", additional_headers=headers, compression=None, proxy=None)
        end = NodeEnd(socket, boot)
        if hello:
            await end.send(
                NodeHello(
                    node=NodeId(self.settings.node_id),
                    boot=boot,
                    version=LINK_VERSION,
                    signaling_url="ws://127.0.0.1:1/signal/node-1",
                    rooms=[],
                    previous_boots=previous or [],
                )
            )
        return end

    async def link(self, boot: str, previous: list[str] | None = None) -> tuple[NodeEnd, DesiredState]:
        """A node that has greeted and heard its desired state."""
        end = await self.dial(boot, previous=previous)
        assert isinstance(await end.hear(), LinkWelcome)
        return end, await end.hear_of(DesiredState)


@asynccontextmanager
async def live_office(database: Database, settings: HubSettings) -> AsyncIterator[LiveOffice]:
    nodes = LiveNodes(database, settings)
    refusals: list[LinkRefused] = []

    async def take(socket: ServerConnection) -> None:
        async def receive() -> bytes:
            try:
                return await socket.recv(decode=False)
            except ConnectionClosed:
                raise ConnectionResetError from None

        async def send(data: bytes) -> None:
            try:
                await socket.send(data)
            except ConnectionClosed:
                raise ConnectionResetError from None

        assert socket.request is not None
        try:
            await nodes.serve(receive, send, socket.request.headers.get("Authorization", ""))
        except LinkRefused as refused:
            refusals.append(refused)

    await nodes.start()
    async with serve(take, "127.0.0.1", 0, compression=None) as server:
        yield LiveOffice(database, settings, nodes, next(iter(server.sockets)).getsockname()[1], refusals)
        await nodes.stop()


@pytest.fixture
def url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Of an empty database on SQLite; `on_both_engines` asks for the other one too."""
    if getattr(request, "param", "sqlite") == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.copy(demo=False)
    templates: Templates = request.getfixturevalue("templates")
    shutil.copy(templates.empty, tmp_path / "hub.sqlite3")
    return ""


@pytest.fixture
async def office(tmp_path: Path, url: str) -> AsyncIterator[LiveOffice]:
    settings = HubSettings(data_dir=tmp_path, database_url=url)
    database = Database(settings.database)
    async with live_office(database, settings) as made:
        yield made
    await database.dispose()


@pytest.fixture
async def planned(office: LiveOffice) -> Planned:
    return await plan_session(office.database)

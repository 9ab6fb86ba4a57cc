"""Giving a person the right to a seat: the session is placed on a node, the pass names that placement."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.accounts.reader import Reader
from hub.audit import service as audit
from hub.db.engine import Work
from hub.errors import Code, Refused
from hub.nodes.keys import NodeKeys
from hub.nodes.models import Node, Placement
from hub.nodes.repository import NodeRepository
from hub.nodes.rules import HEARD_WITHIN
from hub.sessions import service as sessions
from hub.sessions.models import Seat
from hub.units.models import Site
from signaling.protocol.ids import NodeId, SeatId, SessionId, SignInId
from signaling.protocol.join_pass import PASS_LIFETIME, JoinPass, sign
from signaling.protocol.vocabulary import Role


@dataclass(frozen=True, slots=True)
class JoinTicket:
    """A join pass and where to show it. `name` and `site` as the others will see them; `revision`: of the desired state
    that a node must have been sent to know this seat."""

    pass_text: str
    signaling_url: str
    session: SessionId
    seat: SeatId
    role: Role
    name: str
    site: str
    expires: datetime
    node: str
    generation: int
    revision: int


async def issue_join_pass(
    work: Work, reader: Reader, keys: NodeKeys, session_id: str, seat_id: str | None = None
) -> JoinTicket:
    """A pass for the reader's own seat, or for `seat_id` where the reader may take it; places the session if need be.

    Raises `Refused`: `NOT_FOUND`, `SEAT_NOT_YOURS`, `SESSION_NOT_JOINABLE`, `SESSION_CALLED_OFF`, `SESSION_CLOSED`,
    `NODE_UNAVAILABLE`.
    """
    work.must_write()
    seat = await sessions.seat_for(work, reader, session_id, seat_id)
    await NodeRepository(work.session).lock_session(session_id)
    session = await sessions.place_session(work, session_id)
    node, placement = await _place(work, session_id)
    await work.session.refresh(session)
    claims = JoinPass(
        number=secrets.token_urlsafe(16),
        session=SessionId(session_id),
        seat=SeatId(seat.id),
        role=seat.role,
        node=NodeId(node.id),
        generation=placement.generation,
        sign_in=SignInId(reader.sign_in),
        issued=work.now.timestamp(),
        expires=work.now.timestamp() + PASS_LIFETIME,
    )
    detail = {"session": session_id, "generation": placement.generation, "node": node.id}
    await audit.record(work, reader, "session.join_pass", "seat", seat.id, detail=detail)
    return JoinTicket(
        pass_text=sign(claims, keys.pass_key),
        signaling_url=node.signaling_url,
        session=claims.session,
        seat=claims.seat,
        role=seat.role,
        name=seat.name,
        site=await _site_name(work, seat),
        expires=work.now + timedelta(seconds=PASS_LIFETIME),
        node=node.id,
        generation=placement.generation,
        revision=session.desired_revision,
    )


async def _site_name(work: Work, seat: Seat) -> str:
    site = await work.session.get(Site, seat.site_id)
    return site.name if site else ""


async def _place(work: Work, session_id: str) -> tuple[Node, Placement]:
    """The session's node and generation, made at the first pass.

    A session stays where it is placed: when its node is away, the refusal says so and nothing is moved."""
    repository = NodeRepository(work.session)
    reachable = {node.id: node for node in await repository.connected(work.now - HEARD_WITHIN)}
    placement = await repository.current(session_id)
    if placement is not None and placement.ended_at is None:
        node = reachable.get(placement.node_id)
        if node is None or node.boot != placement.boot:
            # Another process greets already: its generation is being decided (`greeting.take_over`).
            raise Refused(Code.NODE_UNAVAILABLE)
        return node, placement
    if not reachable:
        raise Refused(Code.NODE_UNAVAILABLE)
    node = next(iter(reachable.values()))
    placement = Placement(
        session_id=session_id,
        generation=placement.generation + 1 if placement else 1,
        node_id=node.id,
        boot=node.boot,
        placed_at=work.now,
    )
    await repository.add_placement(placement)
    await sessions.bump_desired(work, session_id)
    return node, placement

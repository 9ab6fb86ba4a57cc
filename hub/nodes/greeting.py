"""What is noted of a node: its link, its process, its clock; and what its new process means for its sessions."""

from datetime import timedelta

import structlog

from hub.accounts.reader import Reader
from hub.audit import service as audit
from hub.db.engine import Work
from hub.nodes.keys import link_key_matches
from hub.nodes.models import ClockAnchor, Node, Placement
from hub.nodes.repository import NodeRepository
from hub.nodes.rules import Move, Placed, move_of
from hub.sessions.call_log import node_gone
from signaling.protocol.hub_link import NodeHello

_log = structlog.get_logger(__name__)

#: Every change a node causes is done in this name.
LINK = Reader.for_system("node-link")

#: A heartbeat is written this often at most: it costs a write to disk.
_HEARD_RESOLUTION = timedelta(seconds=4)


async def register(work: Work, node_id: str, key_hash: str, signaling_url: str) -> None:
    """Make a node known, or give it its present key and address."""
    repository = NodeRepository(work.session)
    node = await repository.get(node_id)
    if node is None:
        await repository.add(Node(id=node_id, key_hash=key_hash, signaling_url=signaling_url, boot=""))
        await audit.record(work, LINK, "node.registered", "node", node_id)
    elif node.key_hash != key_hash:
        node.key_hash = key_hash
        await audit.record(work, LINK, "node.key_changed", "node", node_id)


async def key_is_right(work: Work, node_id: str, authorization: str) -> bool:
    """Whether the header "Bearer <key>" shows the key of that node."""
    scheme, _, key = authorization.partition(" ")
    node = await NodeRepository(work.session).get(node_id)
    return scheme.lower() == "bearer" and node is not None and link_key_matches(key.strip(), node.key_hash)


async def note_link(work: Work, hello: NodeHello) -> None:
    node = await NodeRepository(work.session).get(hello.node)
    if node is None:
        return
    node.boot, node.signaling_url = hello.boot, hello.signaling_url
    node.connected_at = node.last_heard_at = work.now


async def note_gone(work: Work, hello: NodeHello) -> None:
    await NodeRepository(work.session).note_gone(hello.node, hello.boot)


async def note_heard(work: Work, hello: NodeHello) -> None:
    await NodeRepository(work.session).note_heard(hello.node, hello.boot, work.now)


async def keep_anchor(work: Work, hello: NodeHello, offset: float, round_trip: float) -> None:
    """The fastest ping of a process counts. Seconds."""
    repository = NodeRepository(work.session)
    anchor = await repository.anchor(hello.node, hello.boot)
    if anchor is None:
        await repository.add_anchor(
            ClockAnchor(node_id=hello.node, boot=hello.boot, offset=offset, round_trip=round_trip, measured_at=work.now)
        )
    elif round_trip < anchor.round_trip:
        anchor.offset, anchor.round_trip, anchor.measured_at = offset, round_trip, work.now


async def take_over(work: Work, hello: NodeHello) -> list[str]:
    """Sessions whose room died with an earlier process of this node get their next generation. Returns their ids."""
    repository = NodeRepository(work.session)
    moved = []
    for live in await repository.live_on(hello.node):
        if move_of(Placed(live.session_id, live.generation, live.boot), hello.boot) is Move.STAY:
            continue
        await repository.end_placement(live.session_id, live.generation, work.now)
        following = Placement(
            session_id=live.session_id,
            generation=live.generation + 1,
            node_id=hello.node,
            boot=hello.boot,
            placed_at=work.now,
        )
        await repository.add_placement(following)
        detail = {"generation": following.generation, "node": hello.node, "boot": hello.boot}
        await audit.record(work, LINK, "session.moved", "session", live.session_id, detail=detail)
        moved.append(live.session_id)
        await node_gone(work, live.session_id)
    return moved

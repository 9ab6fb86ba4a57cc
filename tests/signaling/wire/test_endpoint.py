"""Seats on real sockets against the real node, and everything that should not be sent to it."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.exceptions import InvalidStatus

from signaling.protocol import browser
from signaling.protocol.codec import encode
from signaling.protocol.errors import SENTENCES, Code
from signaling.protocol.hub_link import ConsentWithdrawn, FloorGiven, SeatAdmitted, SeatLeft, SeatTaken
from signaling.protocol.ids import SignInId
from signaling.protocol.vocabulary import LeftReason, Place, Role
from signaling.wire import endpoint as limits
from tests.signaling.desired import CHAIR, COMMUNE_1, COMMUNE_2, SECRETARY, TURN_1, a_session
from tests.signaling.wire.conftest import House
from tests.signaling.wire.hub_peer import ORIGIN
from tests.signaling.wire.seat_client import SeatClient


async def in_turn(house: House) -> tuple[SeatClient, SeatClient]:
    """Chair and first commune, in the room of the first turn."""
    chair = await house.join(CHAIR)
    commune = await house.join(COMMUNE_1, microphone=True)
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    assert isinstance(await chair.ask(browser.Admit, seat=COMMUNE_1), browser.Done)
    await commune.until_seats({CHAIR, COMMUNE_1})
    return chair, commune


async def test_a_seat_that_joins_is_welcomed_sees_the_room_and_gets_the_offer(house: House) -> None:
    chair = await house.join(CHAIR)
    assert chair.welcome is not None and chair.welcome.fresh and chair.welcome.seat == CHAIR
    assert chair.seats[CHAIR].place is Place.ROOM
    offer = await chair.until(browser.SubscribeOffer)
    assert "a=mid:floor-audio" in offer.sdp
    assert await house.hub.wait_for_fact(SeatTaken) == [SeatTaken(seat=CHAIR, resumed=False)]


async def test_a_commune_waits_in_the_lobby_until_it_is_admitted_in_its_turn(house: House) -> None:
    chair = await house.join(CHAIR)
    commune = await house.join(COMMUNE_1)
    assert commune.seats[COMMUNE_1].place is Place.LOBBY and list(commune.seats) == [COMMUNE_1]
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    assert isinstance(await chair.ask(browser.Admit, seat=COMMUNE_1), browser.Done)
    await commune.until_seats({CHAIR, COMMUNE_1})
    assert commune.slots == {"chair-audio": CHAIR, "chair-video": CHAIR}
    await house.hub.wait_for_fact(SeatAdmitted)
    refused = await commune.ask(browser.MuteSeat, seat=CHAIR)
    assert isinstance(refused, browser.Refused) and refused.code is Code.NOT_ALLOWED
    assert refused.message == SENTENCES[Code.NOT_ALLOWED]


async def test_nothing_sent_to_the_lobby_names_anybody(house: House) -> None:
    chair = await house.join(CHAIR)
    await house.join(SECRETARY)
    commune = await house.join(COMMUNE_2)
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    assert isinstance(await chair.ask(browser.GiveFloor, seat=SECRETARY), browser.Done)
    await commune.send(browser.Ping(sent=1.0))
    await commune.until(browser.Pong)
    told = b"".join(encode(message) for message in commune.received).decode()
    for secret in ("tên chair", "tên secretary", "điểm chair", "vụ việc", "Nông Thị Mai", "cán bộ"):
        assert secret not in told


async def test_the_floor_reaches_the_other_seats(house: House) -> None:
    chair, commune = await in_turn(house)
    assert isinstance(await chair.ask(browser.GiveFloor, seat=COMMUNE_1), browser.Done)
    assert chair.slots["floor-video"] == COMMUNE_1
    await commune.until(browser.StageUpdated)
    assert commune.stage is not None and commune.stage.floor == COMMUNE_1
    given = await house.hub.wait_for_fact(FloorGiven)
    assert given == [FloorGiven(turn=TURN_1, seat=COMMUNE_1, by=CHAIR)]


async def test_the_newest_device_has_the_seat_and_the_older_one_is_told(house: House) -> None:
    first = await house.join(COMMUNE_1)
    assert first.welcome is not None
    second = await house.join(COMMUNE_1)
    closed, code = await first.last_word()
    assert closed is not None and closed.code is Code.SEAT_TAKEN_OVER and not closed.retry and code == 1000
    assert second.welcome is not None
    # Its resume token is void with it.
    third = await SeatClient.open(house.url)
    await third.send(browser.Resume(token=first.welcome.resume))
    closed, _ = await third.last_word()
    assert closed is not None and closed.code is Code.RESUME_UNKNOWN and closed.retry
    assert (await house.hub.wait_for_fact(SeatLeft))[0] == SeatLeft(seat=COMMUNE_1, reason=LeftReason.TAKEN_OVER)


async def test_a_broken_socket_resumes_with_everything_as_it_was(house: House) -> None:
    chair, commune = await in_turn(house)
    assert commune.welcome is not None
    commune.connection.transport.abort()
    while chair.seats[COMMUNE_1].connected:
        await chair.next()
    again = await SeatClient.open(house.url)
    await again.send(browser.Resume(token=commune.welcome.resume, microphone=True))
    welcome = await again.until(browser.Welcome)
    assert not welcome.fresh and welcome.resume != commune.welcome.resume
    await again.until(browser.RoomState)
    assert again.seats[COMMUNE_1].microphone and set(again.seats) == {CHAIR, COMMUNE_1}
    assert again.slots == commune.slots
    while not chair.seats[COMMUNE_1].connected:
        await chair.next()
    assert list(chair.seats).count(COMMUNE_1) == 1


async def test_a_token_works_until_the_next_one_is_surely_known_and_no_longer(house: House) -> None:
    commune = await house.join(COMMUNE_1)
    assert commune.welcome is not None
    token = commune.welcome.resume
    commune.connection.transport.abort()
    # The line breaks before `welcome` arrives: the browser has only the old token.
    second = await SeatClient.open(house.url)
    await second.send(browser.Resume(token=token))
    await second.until(browser.Welcome)
    third = await SeatClient.open(house.url)
    await third.send(browser.Resume(token=token))
    await third.until(browser.Welcome)
    await third.send(browser.Ping(sent=1.0))
    await third.until(browser.Pong)
    fourth = await SeatClient.open(house.url)
    await fourth.send(browser.Resume(token=token))
    closed, _ = await fourth.last_word()
    assert closed is not None and closed.code is Code.RESUME_UNKNOWN


async def test_a_seat_resumes_and_consent_is_withdrawn_while_the_hub_is_away(house: House) -> None:
    chair, commune = await in_turn(house)
    assert commune.welcome is not None
    known = len(house.hub.records)
    await house.hub.stop()
    commune.connection.transport.abort()
    again = await SeatClient.open(house.url)
    await again.send(browser.Resume(token=commune.welcome.resume))
    await again.until(browser.RoomState)
    assert isinstance(await again.ask(browser.WithdrawConsent, attendance="mai"), browser.Done)
    assert isinstance(await chair.ask(browser.PauseTurn, reason=""), browser.Done)
    await house.hub.start()
    withdrawn = await house.hub.wait_for_fact(ConsentWithdrawn)
    assert withdrawn == [ConsentWithdrawn(turn=TURN_1, attendance="mai", by=COMMUNE_1)]  # type: ignore[arg-type]
    numbers = [record.number for record in house.hub.records[known:]]
    assert numbers == sorted(set(numbers))


async def test_a_revoked_sign_in_is_cut_and_stays_out(house: House) -> None:
    commune = await house.join(COMMUNE_1)
    assert commune.welcome is not None
    await house.hub.push(a_session(), revoked=[SignInId("sign-in-commune1")])
    closed, _ = await commune.last_word()
    assert closed is not None and closed.code is Code.REVOKED and not closed.retry
    for first in (
        browser.Resume(token=commune.welcome.resume),
        browser.Join(join_pass=house.hub.pass_for(COMMUNE_1, Role.SITE)),
    ):
        again = await SeatClient.open(house.url)
        await again.send(first)
        closed, _ = await again.last_word()
        assert closed is not None and closed.code is Code.REVOKED


async def test_leaving_empties_the_seat_at_once(house: House) -> None:
    chair, commune = await in_turn(house)
    assert isinstance(await commune.ask(browser.Leave), browser.Done)
    closed, code = await commune.last_word()
    assert closed is None and code == 1000
    await chair.until_seats({CHAIR})


async def test_a_closed_session_says_so_to_those_inside_and_to_those_who_knock(house: House) -> None:
    chair, commune = await in_turn(house)
    assert isinstance(await chair.ask(browser.CloseSession), browser.Done)
    for client in (chair, commune):
        closed, _ = await client.last_word()
        assert closed is not None and closed.code is Code.SESSION_CLOSED and not closed.retry
    late = await SeatClient.join(house.url, house.hub.pass_for(SECRETARY, Role.SECRETARY))
    closed, _ = await late.last_word()
    assert closed is not None and closed.code is Code.SESSION_CLOSED


# --- passes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "code", "retry"),
    [
        ({"lifetime": -1.0}, Code.PASS_EXPIRED, True),
        ({"session": "session2"}, Code.ROOM_UNKNOWN, True),
        ({"generation": 0}, Code.GENERATION_OLD, True),
        ({"generation": 2}, Code.ROOM_UNKNOWN, True),
        ({"node": "node-2"}, Code.PASS_OTHER_NODE, True),
        ({"key": Ed25519PrivateKey.generate()}, Code.PASS_INVALID, False),
        ({"role": Role.CHAIR}, Code.PASS_INVALID, False),
    ],
)
async def test_a_pass_that_is_not_good_is_refused_with_its_reason(
    house: House, claims: dict[str, object], code: Code, retry: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ROOM_TIMEOUT", 0.05)
    role = claims.pop("role", Role.SITE)
    stranger = await SeatClient.join(house.url, house.hub.pass_for(COMMUNE_1, role, **claims))  # type: ignore[arg-type]
    closed, _ = await stranger.last_word()
    assert closed == browser.Closed(code=code, message=SENTENCES[code], retry=retry)
    assert len(stranger.received) == 1


async def test_a_pass_is_good_once(house: House) -> None:
    join_pass = house.hub.pass_for(COMMUNE_1, Role.SITE)
    first = await SeatClient.join(house.url, join_pass)
    await first.until(browser.Welcome)
    second = await SeatClient.join(house.url, join_pass)
    closed, _ = await second.last_word()
    assert closed is not None and closed.code is Code.PASS_USED
    await first.send(browser.Ping(sent=1.0))
    await first.until(browser.Pong)


async def test_a_pass_with_one_changed_letter_is_refused(house: House) -> None:
    good = house.hub.pass_for(COMMUNE_1, Role.SITE)
    for place in (3, len(good) // 2, len(good) - 3):
        changed = good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :]
        stranger = await SeatClient.join(house.url, changed)
        closed, _ = await stranger.last_word()
        assert closed is not None and closed.code is Code.PASS_INVALID


async def test_a_pass_may_be_faster_than_the_desired_state_that_names_its_room(house: House) -> None:
    early = await SeatClient.join(house.url, house.hub.pass_for(COMMUNE_1, Role.SITE, session="session2"))
    await house.hub.push(a_session(), a_session(session="session2"))
    assert isinstance(await early.next(), browser.Welcome)


# --- before the socket is accepted --------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://127.0.0.1:8000", ORIGIN + ".evil"])
async def test_a_foreign_or_missing_origin_is_refused_before_accept(house: House, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await SeatClient.open(house.url, origin=origin)
    assert refused.value.response.status_code == 403
    assert Code.ORIGIN_REFUSED in (refused.value.response.body or b"").decode()


@pytest.mark.parametrize("path", ["/signal/node-2", "/signal", "/", "/signal/node-1/x", "/signal/%6eode-1"])
async def test_another_path_is_refused_before_accept(house: House, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await SeatClient.open(house.url.replace("/signal/node-1", path))
    assert refused.value.response.status_code == 404


# --- messages nobody should send ----------------------------------------------------------------------------------


async def test_silence_instead_of_a_greeting_is_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HELLO_TIMEOUT", 0.05)
    silent = await SeatClient.open(house.url)
    closed, code = await silent.last_word()
    assert closed is not None and closed.code is Code.HELLO_MISSING and code == 1008


async def test_a_greeting_that_is_none_is_refused(house: House) -> None:
    client = await SeatClient.open(house.url)
    await client.send(browser.Ping(sent=1.0))
    closed, code = await client.last_word()
    assert closed is not None and closed.code is Code.HELLO_MISSING and code == 1008


async def test_an_old_page_is_asked_to_reload(house: House) -> None:
    client = await SeatClient.open(house.url)
    await client.send(browser.Join(join_pass=house.hub.pass_for(CHAIR, Role.CHAIR), protocol=0))
    closed, _ = await client.last_word()
    assert closed is not None and closed.code is Code.PROTOCOL_UNSUPPORTED and not closed.retry


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"explode"}',
        '{"type":"raise-hand","id":1,"raised":true,"extra":1}',
        '{"type":"raise-hand","id":-1,"raised":true}',
        '{"type":"raise-hand","id":1,"raised":"yes"}',
        "null",
        "",
        "not json",
        "[" * 20_000,
        b"\xff\xfe\x00binary",
        '{"type":"join","pass":"x"}',
        '{"type":"pause-turn","id":1,"reason":"' + "x" * 501 + '"}',
    ],
)
async def test_an_unknown_message_is_refused_and_the_call_goes_on(house: House, text: str | bytes) -> None:
    chair = await house.join(CHAIR)
    await chair.connection.send(text)
    refused = await chair.until(browser.Refused)
    assert refused.id is None and refused.code is Code.MESSAGE_UNKNOWN
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)


async def test_only_rubbish_is_closed_after_a_while_and_the_seat_can_resume(house: House) -> None:
    chair = await house.join(CHAIR)
    assert chair.welcome is not None
    for _ in range(limits.UNKNOWN_MESSAGES + 1):
        await chair.connection.send("{}")
    closed, code = await chair.last_word()
    assert closed is not None and closed.code is Code.MESSAGE_UNKNOWN and closed.retry and code == 1008
    again = await SeatClient.open(house.url)
    await again.send(browser.Resume(token=chair.welcome.resume))
    assert not (await again.until(browser.Welcome)).fresh


@pytest.mark.parametrize(("size", "said"), [(64 * 1024 + 1, True), (10 * 1024 * 1024, False)])
async def test_a_message_over_64_kib_is_closed_with_1009(house: House, size: int, said: bool) -> None:
    chair = await house.join(CHAIR)
    await chair.connection.send("x" * size)
    closed, code = await chair.last_word()
    assert code == 1009
    assert (closed is not None and closed.code is Code.MESSAGE_TOO_LARGE) is said


async def test_a_message_of_just_64_kib_is_only_unknown(house: House) -> None:
    chair = await house.join(CHAIR)
    await chair.connection.send("x" * 64 * 1024)
    assert (await chair.until(browser.Refused)).code is Code.MESSAGE_UNKNOWN


async def test_a_flood_of_messages_is_closed_and_the_others_do_not_notice(house: House) -> None:
    chair, commune = await in_turn(house)
    for _ in range(int(limits.MESSAGES_AT_ONCE) + 80):
        await commune.connection.send('{"type":"ping","sent":1}')
    closed, code = await commune.last_word()
    assert closed is not None and closed.code is Code.TOO_MANY_MESSAGES and code == 1008
    assert isinstance(await chair.ask(browser.PauseTurn, reason=""), browser.Done)


@pytest.mark.parametrize("sdp", ["", "garbage", "v=0\r\n", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "\x00" * 500])
async def test_a_garbage_sdp_is_refused_and_the_seat_stays(house: House, sdp: str) -> None:
    chair = await house.join(CHAIR)
    await chair.until(browser.SubscribeOffer)
    for kind in (browser.PublishOffer, browser.SubscribeAnswer):
        refused = await chair.ask(kind, sdp=sdp)
        assert isinstance(refused, browser.Refused) and refused.code is Code.SDP_INVALID
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)


async def test_an_answer_nobody_asked_for_is_refused(house: House) -> None:
    chair = await house.join(CHAIR)
    offer = await chair.until(browser.SubscribeOffer)
    assert isinstance(await chair.ask(browser.RestartSubscribe), browser.Done)
    restarted = next(m for m in reversed(chair.received) if isinstance(m, browser.SubscribeOffer))
    ufrags = [next(line for line in sdp.splitlines() if "ice-ufrag" in line) for sdp in (offer.sdp, restarted.sdp)]
    assert ufrags[0] != ufrags[1]


async def test_a_line_without_a_sign_of_life_is_cut(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from signaling.wire import outgoing

    monkeypatch.setattr(outgoing, "PING_INTERVAL", 0.05)
    monkeypatch.setattr(outgoing, "SILENCE_TIMEOUT", 0.3)
    chair = await house.join(CHAIR)
    commune = await house.join(COMMUNE_1)
    await chair.until_seats({CHAIR, COMMUNE_1})
    # A pulled cable: nothing is read and nothing answered, and no end is sent either.
    commune.connection.transport.pause_reading()
    while chair.seats[COMMUNE_1].connected:
        await chair.next()
    assert chair.connection.state.name == "OPEN"


async def test_no_message_of_a_refused_socket_repeats_what_was_sent(house: House) -> None:
    canary = "canary-4711"
    client = await SeatClient.open(house.url)
    await client.connection.send(json.dumps({"type": "join", "pass": canary, "protocol": 1}))
    await client.last_word()
    assert canary not in b"".join(encode(message) for message in client.received).decode()

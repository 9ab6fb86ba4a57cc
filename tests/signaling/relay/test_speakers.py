from signaling.relay.speakers import Speakers


def talk(speakers: Speakers, levels: dict[str, int], start: float, seconds: float) -> list[list[str]]:
    """Fifty packets a second from everybody; returns the rankings announced."""
    announced = []
    for packet in range(round(seconds * 50)):
        now = start + packet / 50
        for seat, level in levels.items():
            speakers.heard(seat, level, now)
        ranking = speakers.rank(now)
        if ranking is not None:
            announced.append(ranking)
    return announced


def test_who_speaks_is_named_within_half_a_second_and_silence_is_not() -> None:
    speakers = Speakers()
    assert talk(speakers, {"chair": 30, "commune": 127, "central": 90}, 0.0, 0.7) == [["chair"]]


def test_a_breath_changes_nothing_and_a_long_silence_does() -> None:
    speakers = Speakers()
    talk(speakers, {"chair": 30}, 0.0, 2.0)
    assert talk(speakers, {"chair": 127}, 2.0, 0.6) == []
    assert talk(speakers, {"chair": 127}, 2.6, 3.0)[-1] == []


def test_two_who_take_turns_by_the_second_do_not_swap_each_time() -> None:
    speakers = Speakers()
    announced = []
    for second in range(20):
        levels = {"chair": 30, "commune": 127} if second % 2 else {"chair": 127, "commune": 30}
        announced += talk(speakers, levels, float(second), 1.0)
    assert len(announced) <= 4


def test_the_next_speaker_is_first_within_two_seconds() -> None:
    speakers = Speakers()
    talk(speakers, {"chair": 30, "commune": 127}, 0.0, 5.0)
    announced = talk(speakers, {"chair": 127, "commune": 30}, 5.0, 2.5)
    assert announced[-1][0] == "commune"


def test_a_closed_microphone_leaves_the_ranking() -> None:
    speakers = Speakers()
    talk(speakers, {"chair": 30}, 0.0, 1.0)
    assert talk(speakers, {}, 1.0, 2.5) == [[]]

"""Whether media was made of everything that was written."""

from hub.archive.rules import WrittenSegment, unread

ONE, TWO = WrittenSegment("j", 1, 100), WrittenSegment("j", 2, 50)


def _source(number: int, size: int) -> dict[str, object]:
    return {"recording": "j", "segment": number, "size": size, "head": "00"}


def test_media_made_of_every_byte_is_behind_in_nothing() -> None:
    assert unread([ONE, TWO], [_source(1, 100), _source(2, 50)]) == []


def test_a_segment_that_was_missing_or_shorter_was_not_read() -> None:
    assert unread([ONE, TWO], [_source(1, 100)]) == [TWO]
    assert unread([ONE, TWO], [_source(1, 99), _source(2, 50)]) == [ONE]


def test_what_no_fact_has_reported_yet_may_be_in_the_media_already() -> None:
    assert unread([ONE], [_source(1, 100), _source(2, 50)]) == []

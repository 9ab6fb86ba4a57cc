"""The screen font is built from the wheel: small, whole, with figures of one width."""

import unicodedata
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from web import fonts

#: All letters of Vietnamese, by base and marks.
LETTERS = [
    unicodedata.normalize("NFC", base + mark)
    for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
] + ["đ", "Đ"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return fonts.build(tmp_path_factory.mktemp("fonts"))


def test_every_vietnamese_letter_is_there_and_the_file_is_small(built: list[Path]) -> None:
    assert [path.name for path in built] == [f"BeVietnamPro-{weight}.woff2" for weight in (400, 500, 600, 700)]
    for path in built:
        assert path.stat().st_size < 20 * 1024
        known = TTFont(path).getBestCmap()
        assert [letter for letter in LETTERS if ord(letter) not in known] == []


def test_figures_of_a_running_clock_have_one_width(built: list[Path]) -> None:
    font = TTFont(built[0])
    features = {record.FeatureTag: record.Feature for record in font["GSUB"].table.FeatureList.FeatureRecord}
    lookup = font["GSUB"].table.LookupList.Lookup[features["tnum"].LookupListIndex[0]]
    widths = {font["hmtx"][twin][0] for twin in lookup.SubTable[0].mapping.values()}
    assert len(lookup.SubTable[0].mapping) == 10 and len(widths) == 1


def test_the_licence_stands_beside_it(built: list[Path]) -> None:
    assert "SIL Open Font License" in (built[0].parent / "OFL.txt").read_text(encoding="utf-8")

"""Other languages of the pages. Vietnamese is the source: what has no translation is shown in it."""

from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

FOLDER = Path(__file__).resolve().parent / "locale"
SOURCE = "vi"
#: Languages with a catalogue, by the names their speakers use.
LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
#: Which language a browser chose. Chosen by hand, never by Accept-Language: office computers are often set to English.
COOKIE = "lang"


@lru_cache
def catalogue(language: str) -> dict[str, str]:
    """Vietnamese sentence → translation; empty for Vietnamese and unknown languages."""
    if language == SOURCE or language not in LANGUAGES:
        return {}
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id and m.string and not m.fuzzy}


def translate(language: str, sentence: str) -> str:
    return catalogue(language).get(sentence, sentence)

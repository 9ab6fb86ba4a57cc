"""The moving picture of a simulated site: the machine-readable clock, the same time in digits, a bar that swings."""

from functools import lru_cache

from signaling.rehearsal.clock_face import BLACK, LAYOUT, WHITE, bits_of, block_edges

#: Above this a time is Unix time and is shown as the time of day in Vietnam; below it is seconds since a start.
_UNIX_SINCE = 1_000_000_000
_VIETNAM_AHEAD = 7 * 3600

#: Three columns by five rows per character, one number a row.
_GLYPHS = {
    "0": (7, 5, 5, 5, 7),
    "1": (2, 6, 2, 2, 7),
    "2": (7, 1, 7, 4, 7),
    "3": (7, 1, 7, 1, 7),
    "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7),
    "6": (7, 4, 7, 5, 7),
    "7": (7, 1, 1, 2, 2),
    "8": (7, 5, 7, 5, 7),
    "9": (7, 5, 7, 1, 7),
    ":": (0, 2, 0, 2, 0),
    ".": (0, 0, 0, 0, 2),
    " ": (0, 0, 0, 0, 0),
    "#": (5, 7, 5, 7, 5),
}
#: Where digits and bar stand, as fractions of the height.
_DIGITS_TOP, _DIGITS_HEIGHT = 0.50, 0.15
_LABEL_TOP, _LABEL_HEIGHT = 0.70, 0.10
_BAR_TOP, _BAR_BOTTOM = 0.86, 0.97
_BACKGROUND, _BAR = 96, 200


def time_of_day(seconds: float) -> str:
    """`09:15:07.3`, in Vietnam for Unix times."""
    shown = seconds + _VIETNAM_AHEAD if seconds > _UNIX_SINCE else seconds
    tenths = int(shown * 10) % 864_000
    hours, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    return f"{hours:02}:{minutes:02}:{rest // 10:02}.{rest % 10}"


def _text_rows(text: str, width: int, scale: int) -> list[bytes]:
    """Five rows of pixels for a line of text, white on the background, `scale` pixels a dot."""
    rows = []
    for line in range(5):
        row = bytearray()
        for character in text:
            dots = _GLYPHS.get(character, _GLYPHS[" "])[line]
            for bit in (4, 2, 1, 0):  # three dots and a gap
                row += bytes((WHITE if dots & bit else _BACKGROUND,)) * scale
        row = row[:width]
        rows.append(bytes(row) + bytes((_BACKGROUND,)) * (width - len(row)))
    return rows


def _draw_text(picture: bytearray, text: str, top: int, height: int, width: int) -> None:
    scale = max(1, min(height // 5, width // (4 * len(text) + 1) if text else 1))
    for line, row in enumerate(_text_rows(text, width, scale)):
        begin = (top + line * scale) * width
        picture[begin : begin + width * scale] = row * scale


@lru_cache(maxsize=8)
def _chroma(width: int, height: int) -> tuple[bytes, bytes]:
    """Grey under the clock and the digits, a colour in the lowest part, so that colour is there to be seen."""
    across, down = (width + 1) // 2, (height + 1) // 2
    grey = bytes((128,)) * (across * (down * 2 // 3))
    rest = across * down - len(grey)
    return grey + bytes((150,)) * rest, grey + bytes((110,)) * rest


def draw_picture(seconds: float, width: int, height: int, *, label: str = "") -> tuple[bytes, bytes, bytes]:
    """One YUV 4:2:0 picture as three tight planes (Y: width x height, U and V: half of each, rounded up).

    `label` shows digits and `#` only; it tells sites apart.
    """
    picture = bytearray(bytes((_BACKGROUND,)) * (width * height))
    columns, rows = block_edges(width, height)
    bits = bits_of(seconds)
    for row in range(LAYOUT.rows):
        line = bytearray(bytes((_BACKGROUND,)) * width)
        for column in range(LAYOUT.columns):
            begin, end = columns[column], columns[column + 1]
            shade = WHITE if bits[row * LAYOUT.columns + column] else BLACK
            line[begin:end] = bytes((shade,)) * (end - begin)
        picture[rows[row] * width : rows[row + 1] * width] = bytes(line) * (rows[row + 1] - rows[row])
    _draw_text(picture, " " + time_of_day(seconds), int(_DIGITS_TOP * height), int(_DIGITS_HEIGHT * height), width)
    if label:
        _draw_text(picture, " " + label, int(_LABEL_TOP * height), int(_LABEL_HEIGHT * height), width)
    phase = seconds % 4
    across = phase / 2 if phase < 2 else 2 - phase / 2
    begin = int(across * 0.9 * width)
    bar = bytearray(bytes((_BACKGROUND,)) * width)
    bar[begin : begin + width // 10] = bytes((_BAR,)) * (width // 10)
    top, bottom = int(_BAR_TOP * height), int(_BAR_BOTTOM * height)
    picture[top * width : bottom * width] = bytes(bar) * (bottom - top)
    return bytes(picture), *_chroma(width, height)

"""A clock that programs can read from a picture, even after VP8, scaling and a canvas.

Four rows of twelve black or white blocks in the upper part of the picture: 40 bits of Unix time in hundredths of a
second, then 8 check bits, most significant bit first, row by row. Positions are fractions of the picture, so any size
with the same aspect reads the same. The browser's drawing (`tests/support/clock_capture.js`) takes its numbers from
`LAYOUT`.
"""

from dataclasses import asdict, dataclass

#: BT.601 studio range: what a video codec calls black and white.
BLACK, WHITE = 16, 235


@dataclass(frozen=True, slots=True)
class ClockLayout:
    """`left`, `top`, `width`, `height`: the block area as fractions of the picture."""

    columns: int = 12
    rows: int = 4
    left: float = 0.02
    top: float = 0.03
    width: float = 0.96
    height: float = 0.40
    time_bits: int = 40
    check_bits: int = 8
    #: Units per second.
    resolution: int = 100


LAYOUT = ClockLayout()

#: The middle part of a block that is looked at: edges blur in small pictures.
_MIDDLE = (0.3, 0.4, 0.5, 0.6, 0.7)
#: Black and white nearer together than this are no clock (a grey or missing picture).
_LEAST_CONTRAST = 60


class ClockUnreadable(ValueError):
    """The picture shows no clock, or a damaged one."""


def layout_numbers() -> dict[str, float]:
    """The layout for a program in another language."""
    return asdict(LAYOUT)


def check_of(value: int) -> int:
    """CRC-8, polynomial 0x07, start 0xFF, over five bytes: an all-black or all-white picture is no valid clock."""
    crc = 0xFF
    for shift in (32, 24, 16, 8, 0):
        crc ^= value >> shift & 0xFF
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def bits_of(seconds: float) -> list[bool]:
    """The 48 blocks, true = white, for a time in seconds (Unix or any other clock from 0 to 10^10)."""
    value = int(seconds * LAYOUT.resolution) & (1 << LAYOUT.time_bits) - 1
    word = value << LAYOUT.check_bits | check_of(value)
    count = LAYOUT.time_bits + LAYOUT.check_bits
    return [bool(word >> (count - 1 - position) & 1) for position in range(count)]


def block_edges(width: int, height: int) -> tuple[list[int], list[int]]:
    """Pixel columns and rows where blocks begin; one more of each than blocks."""
    columns = [round((LAYOUT.left + LAYOUT.width * n / LAYOUT.columns) * width) for n in range(LAYOUT.columns + 1)]
    rows = [round((LAYOUT.top + LAYOUT.height * n / LAYOUT.rows) * height) for n in range(LAYOUT.rows + 1)]
    return columns, rows


def read_clock(
    luma: bytes | bytearray | memoryview, width: int, height: int, *, stride: int | None = None, step: int = 1
) -> float:
    """Seconds shown by the clock, in steps of 0.01. Raises `ClockUnreadable`.

    `luma`: brightness bytes, row after row, `stride` bytes a row (default `width * step`), `step` bytes a pixel (4 for
    RGBA, where the first byte of a pixel is taken: the blocks are grey).
    """
    stride = width * step if stride is None else stride
    if width < 1 or height < 1 or stride * (height - 1) + width * step > len(luma):
        raise ClockUnreadable("the picture is smaller than it says")
    levels: list[float] = []
    for row in range(LAYOUT.rows):
        lines = [
            min(height - 1, int((LAYOUT.top + LAYOUT.height * (row + part) / LAYOUT.rows) * height)) * stride
            for part in _MIDDLE
        ]
        for column in range(LAYOUT.columns):
            places = [
                min(width - 1, int((LAYOUT.left + LAYOUT.width * (column + part) / LAYOUT.columns) * width)) * step
                for part in _MIDDLE
            ]
            levels.append(sum(luma[line + place] for line in lines for place in places) / len(_MIDDLE) ** 2)
    darkest, brightest = min(levels), max(levels)
    if brightest - darkest < _LEAST_CONTRAST:
        raise ClockUnreadable("the picture has no black and white blocks")
    middle = (darkest + brightest) / 2
    word = 0
    for level in levels:
        word = word << 1 | (level > middle)
    value = word >> LAYOUT.check_bits
    if check_of(value) != word & (1 << LAYOUT.check_bits) - 1:
        raise ClockUnreadable("the check bits do not fit")
    return value / LAYOUT.resolution

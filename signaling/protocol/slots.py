"""The fixed places of the receiving connection. A browser gets one offer; afterwards seats move between slots by message.

The order is the order of the media sections; a slot's name is its `mid`. 67 joins with renegotiation would cost
thousands of offers, a fixed pool costs none.
"""

from enum import StrEnum


class MediaKind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


#: Small pictures beside the large one: what fits a side panel.
SMALL_PICTURES = 8
#: Voices beside the chair's and the floor-holder's: more than three at once is not understood anyway.
VOICES = 3

#: Slot name → kind, in the order of the offer.
SLOTS: dict[str, MediaKind] = {
    "floor-audio": MediaKind.AUDIO,
    "floor-video": MediaKind.VIDEO,
    "chair-audio": MediaKind.AUDIO,
    "chair-video": MediaKind.VIDEO,
    **{f"voice-{n}": MediaKind.AUDIO for n in range(1, VOICES + 1)},
    **{f"small-{n}": MediaKind.VIDEO for n in range(1, SMALL_PICTURES + 1)},
    "screen-video": MediaKind.VIDEO,
}

"""The sound of a simulated site: a voice-like tone in syllables, and a beep at the start of each full second.

Every frequency is a whole number of hertz, so the sound repeats each second and is computed once.
"""

from __future__ import annotations

import math
from array import array
from functools import lru_cache

#: Opus in WebRTC always runs at this clock. RFC 7587, section 4.1.
SAMPLE_RATE = 48_000
#: Length and pitch of the beep.
BEEP_SECONDS, BEEP_HERTZ = 0.08, 1000
#: A low voice and its strongest overtones, with their share.
_VOICE = ((140, 0.30), (280, 0.22), (700, 0.28), (1120, 0.14), (2380, 0.06))
_SYLLABLES_PER_SECOND = 4
_VOICE_LEVEL, _BEEP_LEVEL = 6_000, 9_000


@lru_cache(maxsize=1)
def _one_second() -> array[int]:
    samples = array("h")
    for n in range(SAMPLE_RATE):
        t = n / SAMPLE_RATE
        voice = sum(share * math.sin(2 * math.pi * hertz * t) for hertz, share in _VOICE)
        syllable = 0.55 - 0.45 * math.cos(2 * math.pi * _SYLLABLES_PER_SECOND * t)
        beep = math.sin(2 * math.pi * BEEP_HERTZ * t) if t < BEEP_SECONDS else 0.0
        samples.append(int(_VOICE_LEVEL * voice * syllable + _BEEP_LEVEL * beep))
    return samples


def voice_samples(start: float, count: int) -> array[int]:
    """`count` signed 16-bit mono samples at 48 kHz, beginning at `start` seconds of the clock."""
    second = _one_second()
    at = round(start * SAMPLE_RATE) % SAMPLE_RATE
    samples = array("h")
    while len(samples) < count:
        piece = second[at : at + count - len(samples)]
        samples.extend(piece)
        at = 0
    return samples


def level_of(samples: array[int]) -> int:
    """Loudness as RFC 6464 states it: 0 is full scale, 127 is silence, in dB below full scale."""
    if not samples:
        return 127
    power = sum(sample * sample for sample in samples[::4]) / max(1, len(samples[::4]))
    if power < 1:
        return 127
    return max(0, min(127, round(-10 * math.log10(power / 32768**2))))

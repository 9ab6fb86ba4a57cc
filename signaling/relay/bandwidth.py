"""Rates we ask publishers for."""

#: What the browser may start with, kbit/s: 640x360 at 15 frames/s looks right from here, and a weak 4G uplink carries it.
START_BITRATE_KBPS = 600
#: Told to publishers as their receiver's estimate (REMB): no limit in practice; losses in our reports bring them down.
PUBLISHER_LIMIT_BPS = 2_000_000
#: What a speech line needs and an office's fibre does not notice.
AUDIO_BITRATE_BPS = 40_000

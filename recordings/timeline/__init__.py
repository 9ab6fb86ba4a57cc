"""From packets in order of arrival to frames on one clock. Pure: no clock, socket or decoder is used.

Two passes over the same records. `Survey` learns when each stream ran and how its sender's clock lies against session
time; `Replay` then gives whole frames and sound packets with their session times.
"""

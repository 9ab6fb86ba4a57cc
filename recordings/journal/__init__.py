"""The journal: what was sent in a turn, packet by packet, crash-safe and provably whole."""

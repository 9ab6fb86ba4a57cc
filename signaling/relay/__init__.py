"""Which packet goes to whom: pure decisions about losses, rewriting, keyframes and speakers. No socket, no clock."""

"""Files of recordings: journal, writer, timeline, muxing, storage, verification. No database."""

"""The live part: rooms, relay and sockets of one media node. A program of its own, without a database."""

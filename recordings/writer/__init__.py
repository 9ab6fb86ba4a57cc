"""The journal writer: a process of its own that appends, checksums and syncs what the node hands it."""

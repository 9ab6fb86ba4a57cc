"""What the office does: accounts, cases, sessions, minutes, recordings' rows, audit. One folder per feature."""

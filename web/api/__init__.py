"""The JSON API under /api/v1. Models at this edge are pydantic's; errors are `{code, message, details?}`."""

"""What stands before every route, as plain ASGI so that websockets pass through it too (FastAPI's HTTP middleware never
runs for them). From the outside in: headers, host and path, body size, faults, cross-site requests."""

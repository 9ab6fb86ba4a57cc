"""Who is here and who may speak: `Room.handle(command, now) -> list[Effect]`.

No clock, no socket, no packet. `signaling.wire.room_runner` turns what happens into commands and carries effects out.
"""

"""The tiny parent of all processes: starts them, restarts what dies, adopts what survived it, stops them in order."""

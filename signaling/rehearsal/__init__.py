"""Simulated sites: they join through the same protocol as browsers and show a moving picture with a readable clock.

For demonstrations, line tests and our own tests. Stands on `signaling.protocol` alone, so that it is a second,
independent reading of the node's media rules.
"""

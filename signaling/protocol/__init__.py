"""Every message of the live part as one frozen class, the codec, and the join pass.

Nothing here reads a clock or a socket: the hub, the node, the browser's stand-ins and the tests all import it.
`PROTOCOL.md` describes each message for those who write a client.
"""

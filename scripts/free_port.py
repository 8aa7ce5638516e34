"""This room is for finding the next free port on this machine, from the one named."""

import socket
import sys


def free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


first = int(sys.argv[1])
port = next((port for port in range(first, min(first + 200, 65536)) if free(port)), None)
if port is None:
    sys.exit(f"No port from {first} on is free.")
print(port)

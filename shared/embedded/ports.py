"""Ports on 127.0.0.1, below the range that the system hands to clients.

A client that keeps trying a stopped server's port from inside that range can end up connected to itself and hold the
port when the server wants it back.
"""

import random
import socket

HOST = "127.0.0.1"
SERVER_PORTS = range(20_000, 32_000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose(count: int, preferred: tuple[int, ...] = ()) -> tuple[int, ...]:
    """`count` free ports: the preferred ones if all are free."""
    if len(preferred) == count and all(is_free(port) for port in preferred):
        return preferred
    candidates = random.sample(SERVER_PORTS, 200)
    return tuple([port for port in candidates if is_free(port)][:count])


def answers(port: int) -> bool:
    """Whether something listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0

"""The socket that the service listens at: light to import, so that a taken port is told at once."""

from __future__ import annotations

import errno
import socket

from api.errors import AddressError

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises
    ------
    AddressError
        If the address is in use, not ours, or not an address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        msg = f"cannot listen at {host}: {error.strerror}; give an address of this machine with --host"
        raise AddressError(msg) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        remedy = "stop the other program or choose another --port" if taken else "choose another --host or --port"
        msg = f"cannot listen at {host} port {port}: {error.strerror}; {remedy}"
        raise AddressError(msg) from error
    return listener

"""The socket that a server listens at, and the server on it."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from socket import AF_INET, AF_INET6

import uvicorn
from fastapi import FastAPI

from isthmus.errors import BadSetting
from isthmus.explorer.limits import Limits

__all__ = ["address_of", "listen", "serve"]

# What stands for all addresses of a machine, and for one that a browser on it can open.
ALL = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; who connects waits until there is a server.

    Parameters
    ----------
    host : str
        A name or an address of this machine.
    port : int
        0 takes a free one.

    Raises
    ------
    BadSetting
        If the port is taken, or the host is not this machine's.
    """
    host = host.strip("[]")
    try:
        return socket.create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} of {host} is taken; --port 0 takes a free one."
        else:
            named = isinstance(error, socket.gaierror)
            why = error.strerror if named else os.strerror(error.errno or 0)
            reason = f"cannot listen at {host} port {port}: {why}; --host says another address."
        raise BadSetting(reason) from None


def address_of(host: str, listening: socket.socket, token: str | None) -> str:
    """What a browser on this machine opens, the token in it."""
    host = host.strip("[]")
    name = ALL.get(host, host)
    port = listening.getsockname()[1]
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{port}/" + (f"?token={token}" if token else "")


def serve(app: FastAPI, listening: socket.socket, limits: Limits | None = None) -> None:
    """Answer until Ctrl-C, and then those who have asked already."""
    limits = limits or Limits()
    config = uvicorn.Config(
        app,
        log_level="warning",
        # It would hold the token of the first page.
        access_log=False,
        server_header=False,
        limit_concurrency=limits.connections,
        timeout_graceful_shutdown=int(limits.seconds),
    )
    # uvicorn raises Ctrl-C once more when it has ended: that is the end that was asked for.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])

"""Network ports on this machine."""

import os
import socket

from .console import Stop

ADDRESS = "127.0.0.1"
DEFAULT = 8069


def chosen() -> int:
    """The port of `make run`: FUNNEL_PORT, or Odoo's usual one."""
    text = os.environ.get("FUNNEL_PORT", str(DEFAULT))
    if not (text.isdigit() and 0 < int(text) < 65536):
        raise Stop(f"FUNNEL_PORT={text} is not a port number")
    return int(text)


def free() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


def check_free(port: int) -> None:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise Stop(
                f"Port {port} is taken by another program ({error.strerror}). Stop that "
                "program, or choose another port: make run FUNNEL_PORT=8070"
            ) from None

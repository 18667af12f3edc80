"""The command line: ``python3 -m dev VERB [arguments]``."""

import errno
import signal
import sys

from . import commands, disk
from .console import Stop


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, _end)
    try:
        return commands.run(arguments) or 0
    except Stop as stop:
        return _explain(stop)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return _explain(disk.full())
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return 130


def _end(*_) -> None:
    """Ends as Ctrl-C does: what was started is ended too, and a second signal, as `make`
    sends one where the whole group got one, does not interrupt that."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def _explain(stop: Stop) -> int:
    print(f"\n{stop}\n", file=sys.stderr)
    return 1


sys.exit(main(sys.argv[1:]))

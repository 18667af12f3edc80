"""The command line: ``python3 -m dev VERB [arguments]``."""

import errno
import signal
import sys

from . import commands, disk
from .console import Stop


def main(arguments: list[str]) -> int:
    # Ends as Ctrl-C does: what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
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


def _explain(stop: Stop) -> int:
    print(f"\n{stop}\n", file=sys.stderr)
    return 1


sys.exit(main(sys.argv[1:]))

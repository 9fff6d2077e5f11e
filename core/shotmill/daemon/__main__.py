"""`python -m shotmill.daemon run`: the daemon in the foreground."""

from __future__ import annotations

import sys

from shotmill.daemon.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

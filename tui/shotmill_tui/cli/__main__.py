"""`python -m shotmill_tui.cli`, the same as `shotmill`."""

import sys

from shotmill_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())

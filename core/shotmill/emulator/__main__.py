"""`python -m shotmill.emulator`."""

from shotmill.emulator.command import main

if __name__ == "__main__":
    raise SystemExit(main())

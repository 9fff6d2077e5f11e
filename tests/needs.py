"""Installs what the tests need beside Python packages: tmux, since screens are tested in a real
terminal; faketime and strace, since clocks are set and disks lose what was not synced; zsh and fish, since each shell
is asked to complete.

Runs before pytest. Where nothing may be installed it says so once; the tests that need it are then skipped, each with
that reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NEEDED = ("tmux", "faketime", "strace")
WELCOME = ("zsh", "fish")
"""CI goes on without them: the tests that ask them say that they are skipped, and why."""


def missing(programs: tuple[str, ...]) -> list[str]:
    return [program for program in programs if shutil.which(program) is None]


def main() -> int:
    apt = shutil.which("apt-get")
    if apt is not None and os.geteuid() == 0 and missing(NEEDED + WELCOME):
        subprocess.run([apt, "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
        for packages in (missing(NEEDED), missing(WELCOME)):
            if packages:
                install = [apt, "install", "-y", "-qq", *packages]
                subprocess.run(install, check=False, stdout=subprocess.DEVNULL)
    if absent := missing(NEEDED + WELCOME):
        print(
            f"Not here: {', '.join(absent)}. Tests that need it are skipped; install it to run them.", file=sys.stderr
        )
    return 1 if missing(NEEDED) and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())

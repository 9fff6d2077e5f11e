"""Installs what the tests need beside Python packages: tmux, since screens are tested in a real
terminal; faketime and strace, since clocks are set and disks lose what was not synced.

Runs before pytest. Where nothing may be installed it says so once; the tests that need it are then skipped, each with
that reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NEEDED = {"tmux": "tmux", "faketime": "faketime", "strace": "strace"}


def main() -> int:
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if not missing:
        return 0
    apt = shutil.which("apt-get")
    if apt is not None and os.geteuid() == 0:
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", *missing]):
            subprocess.run([apt, *arguments], check=False, stdout=subprocess.DEVNULL)
        missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing:
        print(
            f"Not here: {', '.join(missing)}. Tests that need it are skipped; install it to run them.", file=sys.stderr
        )
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

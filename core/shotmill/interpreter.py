"""What this Python may need of its environment to start at all, and to find the libraries that it has now."""

VARIABLES = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONUSERBASE",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
)
"""None holds a secret. Without them one that is no system's own (a conda's, a bundled one) ends before its first line.
"""

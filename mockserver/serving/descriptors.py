"""Keeps some file descriptors free: without any, nothing can be imported, read or refused any more."""

from __future__ import annotations

import sys
from math import inf

if sys.platform != "win32":
    import resource

# Descriptors that connections may not use up. Importing a module takes one or two at a time.
RESERVE = 8


def is_scarce(descriptor: int) -> bool:
    """Whether a new descriptor with this number, the lowest that was free, is one of the last."""
    return descriptor + RESERVE >= _count_descriptors()


def _count_descriptors() -> float:
    """How many descriptors the process may have."""
    if sys.platform == "win32":
        return inf
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return inf if soft == resource.RLIM_INFINITY else soft

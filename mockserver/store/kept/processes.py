"""Processes of this machine that share a store."""

from __future__ import annotations

import os
import sys
from secrets import token_hex


class ProcessNames:
    """Names of processes: their numbers, and behind them what tells apart those that have had one number."""

    def __init__(self) -> None:
        self._token = token_hex(8)

    def name_own(self) -> str:
        """The name of this process."""
        return f"{os.getpid()}-{self._token}"

    def is_running(self, name: str) -> bool:
        """Whether another process of that name runs."""
        number = name.partition("-")[0]
        if not number.isdecimal() or int(number) in (0, os.getpid()):
            return False
        return _is_running(int(number))


def _is_running(process: int) -> bool:
    if sys.platform == "win32":  # where there is no signal that only asks
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

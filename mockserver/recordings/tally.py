"""What a recorder kept, and what it did not and why, counted for those who tell it at the end."""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Tally:
    """Counts what one recorder did. Any thread may note something."""

    def __init__(self) -> None:
        self.kept = 0
        self.skipped: Counter[str] = Counter()
        self._lock = Lock()

    def keep(self) -> None:
        """An exchange was kept."""
        with self._lock:
            self.kept += 1

    def skip(self, reason: str) -> None:
        """An exchange was not kept. ``reason`` is a noun phrase that several may share: ``status 529``."""
        with self._lock:
            self.skipped[reason] += 1

    def describe_skipped(self) -> str:
        """What was not kept: ``2 not recorded (status 529), 1 not recorded (the client left)``; "": nothing."""
        return ", ".join(f"{number} not recorded ({reason})" for reason, number in sorted(self.skipped.items()))

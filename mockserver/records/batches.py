"""How message batches go on: what a file or a session says of them."""

from __future__ import annotations

from msgspec import Struct

LISTED, SHUFFLED = "listed", "shuffled"
ORDERS = (LISTED, SHUFFLED)


class BatchPlan(Struct, frozen=True):
    """How batches go on that are created under it.

    A batch ends ``takes`` seconds after it was created, and ``per_item`` seconds later for each of its requests; with
    neither of them (None), when it is asked for the second time. The part ``fail`` (0 to 1) of its requests ends in an
    error, the last ``expire`` of them expire. Its results come in this ``order``: ``listed``, as in the request, or
    ``shuffled``.
    """

    takes: float | None = None
    per_item: float | None = None
    fail: float = 0.0
    expire: int = 0
    order: str = LISTED

    def find_duration(self, total: int) -> float | None:
        """The seconds from the creation of a batch of so many requests to its end; None: it does not end by time."""
        if self.takes is None and self.per_item is None:
            return None
        return (self.takes or 0.0) + (self.per_item or 0.0) * total


DEFAULT_PLAN = BatchPlan()

"""Work that one of those who share a store has taken on, so that another one may take it over when that is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from mockserver.store.errors import StoreFailedError


class ClaimLostError(StoreFailedError):
    """An object is not as the one who works on it left it: another one works on it now, or it is gone."""

    def __init__(self) -> None:
        super().__init__("What this call was working on was taken over, reset or removed meanwhile.")


class Claims:
    """The work taken on here, and whether that of others is still done.

    Args:
        name_owner: the name of this one among those who share the store, without ``/``. It may change.
        is_there: whether another owner still uses the store.
        is_shared: whether there may be others.
        is_first: whether this one was there before all others, so that what is claimed already nobody does.
    """

    def __init__(
        self,
        name_owner: Callable[[], str],
        is_there: Callable[[str], bool],
        *,
        is_shared: bool = False,
        is_first: bool = True,
    ) -> None:
        self._name_owner, self._is_there = name_owner, is_there
        self.is_shared, self.is_first = is_shared, is_first
        self._numbers = count(1)
        self._under_way: set[str] = set()

    @contextmanager
    def begin(self) -> Iterator[str]:
        """Take work on; gives the claim to it, which lives as long as the work goes on."""
        claim = f"{self._name_owner()}/{next(self._numbers)}"
        self._under_way.add(claim)
        try:
            yield claim
        finally:
            self._under_way.discard(claim)

    def is_alive(self, claim: str) -> bool:
        """Whether the work goes on. Nobody does what "" claims."""
        owner = claim.rpartition("/")[0]
        if not owner or owner == self._name_owner():
            return claim in self._under_way
        return self._is_there(owner)

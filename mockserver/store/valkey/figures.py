"""Figures of calls on the engine: packed by a replica, and put there if no other one was quicker.

Each session has its own. Those of all are the sum of what each replica has counted, so that none waits for others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from mockserver.store.kept.figures import revive, store
from mockserver.store.stats import Stats
from mockserver.store.valkey.data import Data
from mockserver.store.valkey.link import Argument


class Total(Struct, frozen=True, eq=False):
    """What a replica has counted since the latest reset of all. ``packed`` is all of it, ``added`` the latest."""

    era: int = 0
    packed: bytes | None = None
    added: bytes = b""

    def extend(self, figures: Sequence[Stats]) -> tuple[Total, tuple[Argument, ...]]:
        """With further figures; and what ``put_figures`` has to be told."""
        added, whole = Stats(), Stats() if self.packed is None else revive(self.packed)
        for each in figures:
            added.absorb(each)
        whole.absorb(added)
        total = Total(self.era, store(whole), store(added))
        return total, (self.era, total.packed or b"", total.added)

    def settle(self, era: int, *, is_known: bool) -> Total:
        """What it is by the engine: where that knew nothing of it any more, only the latest."""
        return Total(era, self.packed if is_known else self.added)


def describe_figures(digests: Sequence[str], held: Sequence[Any], figures: Sequence[Stats]) -> Iterator[Argument]:
    """Figures of sessions as ``put_figures`` takes them; ``held`` is what the engine has. Those of a session that is
    gone are only in the sum of all.
    """
    for digest, (owner, revision, packed), each in zip(digests, held, figures, strict=True):
        if owner != b"":
            whole = Stats() if packed is None else revive(packed)
            whole.absorb(each)
            yield from (digest, owner, revision, whole.size, store(whole))


def sum_figures(packed: Sequence[bytes]) -> Stats:
    """The sum of packed figures."""
    whole = Stats()
    for each in packed:
        whole.absorb(revive(each))
    return whole


def join_figures(data: Data) -> None:
    """Make one of many of earlier, and of many that replicas have counted which are gone."""
    link = data.link
    while many := link.call("many_earlier"):
        link.call("join_earlier", len(many), many[0], store(sum_figures(many)))
    if gone := link.call("gone_totals"):
        names, packed = gone[::2], gone[1::2]
        link.call("join_totals", store(sum_figures(packed)), *names)

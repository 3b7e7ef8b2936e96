"""Figures of calls on the engine: packed by a replica, and put there if no other one was quicker."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.store.errors import StoreGoneError
from mockserver.store.kept.figures import revive, store
from mockserver.store.stats import Stats
from mockserver.store.valkey.data import Data


def add_figures(data: Data, session: str, figures: Stats) -> None:
    """Add figures to those of a session, or to those of all when it is gone; once, so not again where the engine goes
    away before it says that it was done.

    Raises:
        StoreFailedError: nothing was added.
    """
    link, digest = data.link, data.digest(session)
    while True:
        owner, revision, held = link.call("figures", digest)
        try:
            if owner == b"":
                link.call("settle_figures", store(figures))
                return
            whole = Stats() if held is None else revive(held)
            whole.absorb(figures)
            if link.call("put_figures", digest, owner, revision, whole.size, store(whole)):
                return
        except StoreGoneError:
            return


def sum_figures(packed: Sequence[bytes]) -> Stats:
    """The sum of packed figures."""
    whole = Stats()
    for each in packed:
        whole.absorb(revive(each))
    return whole


def join_figures(data: Data) -> None:
    """Make one of many that no session has any more, and of many of earlier."""
    for kept in ("0", "1"):
        while many := data.link.call("many_figures", kept):
            data.link.call("join_figures", kept, len(many), many[0], store(sum_figures(many)))

"""Takes the requests of all tests to the reports of ``mockserver run``, when that runs pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.testing.sources import Handover, open_handover

if TYPE_CHECKING:
    from mockserver.testing.server import MockServer

_HANDOVER = pytest.StashKey[Handover]()


def begin(config: pytest.Config, server: MockServer) -> None:
    """Hand over the server's requests, the last ones when pytest ends; does nothing when nobody asked for them."""
    handover = open_handover(server.mock)
    if handover is not None:
        config.stash[_HANDOVER] = handover
        config.add_cleanup(handover.finish)


def add(config: pytest.Config, session: str, test: str) -> None:
    """Hand over the requests of a session, that came in a test of that name, before it is forgotten."""
    if _HANDOVER in config.stash:
        config.stash[_HANDOVER].add(session, test)

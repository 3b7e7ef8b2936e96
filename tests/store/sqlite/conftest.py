"""Stores that do not wait for the disk: what it has when the power fails is the one thing that is not tested."""

from __future__ import annotations

import pytest

from mockserver.store.sqlite import database


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "synchronous=OFF"))

"""One engine for the tests of a process; each store has a name space of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store.valkey.engine import MISSING, find_engine, running


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an engine."""
    if find_engine() is None:
        pytest.skip(MISSING)
    with running(tmp_path_factory.mktemp("engine")) as url:
        yield url

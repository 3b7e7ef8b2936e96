"""Three replicas on one engine, each a process of its own; each test has a session of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.crash.server import Server
from tests.replicas.asking import Asker


@pytest.fixture(scope="session")
def servers(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """The replicas, whose files are in one folder."""
    folder = tmp_path_factory.mktemp("replicas")
    store = f"{engine}?name={uuid4().hex}&files={folder / 'files'}"
    with ExitStack() as stack:
        made = [Server("--store", store, log=folder / f"log-{number}") for number in range(3)]
        for server in made:
            stack.callback(server.kill)
        with ThreadPoolExecutor() as pool:
            list(pool.map(Server.start, made))
        yield made


@pytest.fixture
def asker(servers: list[Server]) -> Iterator[Asker]:
    """A client that asks one replica after the other."""
    with Asker([server.url for server in servers]) as made:
        yield made


@pytest.fixture
def store(engine: str, tmp_path: Path) -> str:
    """A store that no other test uses."""
    return f"{engine}?name={uuid4().hex}&files={tmp_path / 'files'}"

"""The tests that drive a server, on each kind of store: wherever one would keep its state in memory, it gets another.

``make test`` runs the modules of ``CHOSEN`` on all kinds; ``pytest --stores`` (``make stores``) those of ``FITTING``.
A test asks for nothing: ``pytest_generate_tests`` of ``tests/conftest.py`` gives it the fixture ``store_kind``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from mockserver.records.settings import Settings
from mockserver.serving import storing
from mockserver.store import MemoryStore, Store
from mockserver.store.sqlite import database
from mockserver.store.sqlite import open_store as open_folder

MEMORY, SQLITE, ENGINE = KINDS = ("memory", "sqlite", "engine")
HERE = Path(__file__).parent
# Sessions, scripts, the journal, and what is counted of them, as clients see them.
CHOSEN = (
    "control/test_appending.py",
    "control/test_requests.py",
    "control/test_scripts.py",
    "control/test_sessions.py",
    "endpoints/test_lost_sessions.py",
    "testing/test_answers_given_once.py",
    "testing/test_batches.py",
    "testing/test_requests.py",
)
FITTING = ("clients", "control", "endpoints", "gateways", "testing")
# Their servers have a store that the test itself names, or none.
OTHERS = (
    # They look at a server that has been stopped, or break what keeps things in memory, or want secrets as they came.
    "clients/test_openai.py::test_client_needs_no_socket",
    "control/test_scenario_drafts.py::test_draft_answers_its_request",
    "control/test_settings.py::test_health_says_what_there_is",
    "control/test_timeline.py::test_no_secret_is_shown_that_comes_in_parts",
    "control/test_verification.py::test_expectations_are_verified",
    "endpoints/batches/test_resuming.py::test_batch_that_cannot_be_finished_is_not_tried_again",
    "endpoints/test_files.py::test_full_disk_keeps_nothing",
    "endpoints/test_gateway_errors_served.py::test_journal_shows_the_body_as_it_left",
    "endpoints/test_planned_faults.py",
    "endpoints/test_wires_served.py",
    "clients/test_typescript.py",
    "endpoints/test_fuzz.py",
    "endpoints/test_chat_fuzz.py",
    "testing/test_store.py",
    "testing/test_transport.py",
)
Opening = Callable[[Settings, Callable[[], float]], Store]


def kinds_of(path: Path, test: str, *, everywhere: bool) -> tuple[str, ...]:
    """The kinds of stores on which a test of a module runs; none: it runs once, as it is."""
    name = path.relative_to(HERE).as_posix()
    if name in CHOSEN:
        return KINDS
    is_fitting = name.partition("/")[0] in FITTING and name not in OTHERS and f"{name}::{test}" not in OTHERS
    return KINDS[1:] if everywhere and is_fitting else ()


@contextmanager
def stores_of(opening: Callable[[], Opening]) -> Iterator[None]:
    """Opens stores as ``opening`` says in place of those in memory; closes them at the end."""
    opened: list[Store] = []
    open_one = opening()

    def open_store(settings: Settings, monotonic: Callable[[], float]) -> Store:
        opened.append(open_one(settings, monotonic))
        return opened[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storing, "MemoryStore", open_store)
        # They do not wait for the disk.
        patch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "synchronous=OFF"))
        try:
            yield
        finally:
            for store in opened:
                store.close()


def opening_of(kind: str, folder: Path, find_engine: Callable[[], str]) -> Callable[[], Opening]:
    """How stores of a kind are opened, each empty: in folders of their own, in name spaces of their own.

    Args:
        kind: one of ``KINDS``.
        folder: where they may write.
        find_engine: gives the URL of an engine.
    """
    numbers = count()

    def in_folders() -> Opening:
        return lambda settings, monotonic: open_folder(folder / f"store-{next(numbers)}", settings, monotonic)

    def on_engine() -> Opening:
        from mockserver.store.valkey import open_store

        url = find_engine()
        return lambda settings, monotonic: open_store(
            f"{url}?name={uuid4().hex}&files={folder / f'files-{next(numbers)}'}", settings, monotonic
        )

    return {MEMORY: lambda: MemoryStore, SQLITE: in_folders, ENGINE: on_engine}[kind]

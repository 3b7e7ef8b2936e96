"""Whatever way files are saved in, again and again, they are live soon."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.testing.server import MockServer
from tests.serving.saving import WAYS
from tests.serving.test_watcher import health, said
from tests.sockets import until

SCENARIO = "scenarios: [{name: main, reply: text %03d}]\n"
# Each way so often in a row: the first save of a kind may be seen where the next ones are not.
ROUNDS = 17


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "a.yaml").write_text(SCENARIO % 0)
    return tmp_path / "served"


@pytest.mark.parametrize("save", WAYS, ids=lambda way: way.__name__)
def test_every_save_is_live(folder: Path, save: Callable[[Path, str], None]) -> None:
    save(folder, SCENARIO % 0)
    with MockServer(folder, reload=True, unmatched="error") as server:
        for number in range(1, ROUNDS + 1):
            save(folder, SCENARIO % number)
            until(lambda number=number: said(server.url, "hello") == f"text {number:03}", 10)  # type: ignore[misc]
        assert not health(server.url)["reload_error"]

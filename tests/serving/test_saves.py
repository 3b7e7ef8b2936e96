"""Whatever way files are saved in, again and again, they are live soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx

from mockserver.testing.server import MockServer
from tests.serving.saving import WAYS
from tests.sockets import HELLO

SCENARIO = "scenarios: [{name: main, reply: text %03d}]\n"
# Each way so often in a row: the first save of a kind may be seen where the next ones are not.
ROUNDS = 17
# Seconds within which a save has to be live, and between two looks.
SOON, PAUSE = 10.0, 0.02


def test_every_save_is_live(tmp_path: Path) -> None:
    """All ways at the same time, since the time is spent waiting."""
    folders = [tmp_path / way.__name__ / "served" for way in WAYS]
    with ThreadPoolExecutor(len(WAYS)) as pool:
        counts = list(pool.map(count_live, folders, WAYS))
    assert dict(zip([way.__name__ for way in WAYS], counts, strict=True)) == {way.__name__: ROUNDS for way in WAYS}


def count_live(folder: Path, save: Callable[[Path, str], None]) -> int:
    """How many saves in a row are live soon."""
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text(SCENARIO % 0)
    save(folder, SCENARIO % 0)
    with MockServer(folder, reload=True, unmatched="error") as server, httpx.Client(base_url=server.url) as client:
        for number in range(1, ROUNDS + 1):
            save(folder, SCENARIO % number)
            if not is_live(client, f"text {number:03}"):
                return number - 1
        assert not client.get("/_mock/health").json()["reload_error"]
    return ROUNDS


def is_live(client: httpx.Client, text: str) -> bool:
    """Whether a text is the answer soon."""
    deadline = time.monotonic() + SOON
    while text not in client.post("/v1/messages", content=HELLO).text:
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True

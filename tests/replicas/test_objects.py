"""Files and batches that are made at one replica and used at the others: each request here goes to the next one."""

from __future__ import annotations

import json
from uuid import uuid4

from tests.crash.server import Server
from tests.replicas.asking import Asker, Json, make_body, until

BATCHES = "/v1/messages/batches"


def create(asker: Asker, length: int) -> str:
    items = [{"custom_id": f"i{number}", "params": make_body()} for number in range(length)]
    return str(asker.post(BATCHES, {"requests": items})["id"])


def read_rows(asker: Asker, batch_id: str) -> list[Json]:
    answer = asker.send("GET", f"{BATCHES}/{batch_id}/results").raise_for_status()
    return [json.loads(line) for line in answer.text.splitlines()]


def has_ended(asker: Asker, batch_id: str) -> bool:
    return bool(asker.get(f"{BATCHES}/{batch_id}")["processing_status"] == "ended")


def test_file_goes_round(asker: Asker) -> None:
    content = b"0123456789" * 30_000
    made = asker.send("POST", "/v1/files", files={"file": ("a.txt", content, "text/plain")}).raise_for_status().json()
    assert [asker.get(f"/v1/files/{made['id']}")["size_bytes"] for _ in asker.urls] == [len(content)] * 3
    source = {"type": "document", "source": {"type": "file", "file_id": made["id"]}}
    asker.post("/v1/messages", make_body() | {"messages": [{"role": "user", "content": [source]}]})
    asker.send("DELETE", f"/v1/files/{made['id']}").raise_for_status()
    assert [asker.send("GET", f"/v1/files/{made['id']}").status_code for _ in asker.urls] == [404] * 3


def test_batch_is_polled_and_read_at_others(asker: Asker) -> None:
    asker.add(name="s", when={}, calls=[f"answer {number}" for number in range(12)])
    batch_id = create(asker, 12)
    until(lambda: has_ended(asker, batch_id), "the batch does not end")
    for _ in asker.urls:
        rows = {row["custom_id"]: row["result"]["message"]["content"][0]["text"] for row in read_rows(asker, batch_id)}
        assert rows == {f"i{number}": f"answer {number}" for number in range(12)}


def test_batch_is_cancelled_at_another(asker: Asker) -> None:
    asker.ask()
    asker.change(batches={"takes": "1h"})
    batch_id = create(asker, 4)
    assert asker.get(f"{BATCHES}/{batch_id}")["processing_status"] == "in_progress"
    asker.send("POST", f"{BATCHES}/{batch_id}/cancel").raise_for_status()
    until(lambda: has_ended(asker, batch_id), "the batch does not end")
    assert {row["result"]["type"] for row in read_rows(asker, batch_id)} == {"canceled"}
    asker.send("DELETE", f"{BATCHES}/{batch_id}").raise_for_status()
    assert [asker.send("GET", f"{BATCHES}/{batch_id}").status_code for _ in asker.urls] == [404] * 3


def test_batch_ends_by_a_clock_that_another_moves(asker: Asker) -> None:
    asker.ask()
    asker.change(batches={"takes": "1h"})
    batch_id = create(asker, 2)
    assert not has_ended(asker, batch_id)
    asker.post("/_mock/clock", {"advance": "2h"})
    assert [has_ended(asker, batch_id) for _ in asker.urls] == [True] * 3


def test_ids_of_objects_are_unique_over_replicas(asker: Asker) -> None:
    ids = [create(asker, 1) for _ in range(6)]
    assert len({*ids}) == 6
    listed = [[batch["id"] for batch in asker.get(BATCHES)["data"]] for _ in asker.urls]
    assert listed == [ids[::-1]] * 3


def test_without_a_folder_objects_are_refused(engine: str, servers: list[Server]) -> None:
    server = Server("--store", f"{engine}?name={uuid4().hex}", log=servers[0].log.with_name("without"))
    try:
        server.start()
        with Asker([server.url]) as asker:
            assert asker.hear()
            answers = [
                asker.send("POST", "/v1/files", files={"file": ("a.txt", b"content")}),
                asker.send("POST", BATCHES, json={"requests": [{"custom_id": "a", "params": make_body()}]}),
            ]
            assert ["files=DIR" in each.json()["error"]["message"] for each in answers] == [True] * 2
            assert all(each.status_code >= 400 for each in answers)
    finally:
        server.kill()

"""Calls about batches without a socket, each answer checked against the contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx
import orjson

from mockserver import asgi_transport
from mockserver.endpoints.arrival import register
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.reference.schemas import response_validator

Json = dict[str, Any]
PATH = "/v1/messages/batches"
PARAMS: Json = {"model": "claude-opus-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}


@contextmanager
def client(*fixtures: Any, **settings: Any) -> Iterator[httpx.Client]:
    headers = {"x-api-key": "sk-valid", "anthropic-version": "2023-06-01"}
    transport = asgi_transport(*fixtures, **{"profile": "anthropic", **settings})
    with httpx.Client(transport=transport, base_url="http://test", headers=headers) as made:
        yield made


def item(custom_id: str, **params: Any) -> Json:
    return {"custom_id": custom_id, "params": {**PARAMS, **params}}


def create(caller: httpx.Client, *items: Json, **options: Any) -> Json:
    return check("batch", caller.post(PATH, json={"requests": [*items]}, **options).raise_for_status().json())


def retrieve(caller: httpx.Client, name: str) -> Json:
    return check("batch", caller.get(f"{PATH}/{name}").raise_for_status().json())


def finish(caller: httpx.Client, name: str) -> Json:
    """The batch when it has ended, as it does by default."""
    assert retrieve(caller, name)["processing_status"] in ("in_progress", "ended")
    return retrieve(caller, name)


def read_rows(caller: httpx.Client, name: str) -> list[Json]:
    answer = caller.get(f"{PATH}/{name}/results").raise_for_status()
    assert answer.headers["content-type"] == "application/x-jsonl"
    return [check("batch_result", orjson.loads(line)) for line in answer.content.splitlines()]


def results(caller: httpx.Client, *items: Json, **options: Any) -> dict[str, Json]:
    """The results by id of a batch of these requests."""
    batch = create(caller, *items, **options)
    finish(caller, batch["id"])
    return {row["custom_id"]: row["result"] for row in read_rows(caller, batch["id"])}


def check(name: str, body: Json) -> Json:
    assert [error.message for error in response_validator(name).iter_errors(body)] == []
    return body


def arrive(parts: Parts, body: bytes, at: float = 0.0, session: str = "s") -> Any:
    """The call that creates a batch, as an endpoint is handed it."""
    return register(Call("POST", PATH, {"x-mock-session": session}, body, at=at), parts)


def write(*items: Json) -> bytes:
    return orjson.dumps({"requests": [*items]})

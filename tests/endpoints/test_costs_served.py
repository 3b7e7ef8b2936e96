"""The costs of calls that a server answered, in its journal and in its figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer

SCENARIOS = """\
models:
  claude-next: {prices: [100, 200]}
  claude-bare: {}
scenarios:
  - name: counted
    when: {user: count}
    reply: {text: Done., usage: {input_tokens: 1000, output_tokens: 100}}
  - name: cut
    when: {user: cut}
    reply:
      text: Done and over.
      usage: {input_tokens: 1000, output_tokens: 100}
      fault: {after_events: 2, then: disconnect}
  - {name: declined, when: {user: decline}, reply: {refusal: {category: cyber}}}
  - {name: charged, when: {user: charge}, reply: {refusal: {category: bio}, usage: {input_tokens: 1000}}}
"""


@pytest.fixture
def server(tmp_path: Path) -> MockServer:
    (tmp_path / "costs.yaml").write_text(SCENARIOS)
    return MockServer(tmp_path / "costs.yaml")


@pytest.fixture
def client(server: MockServer) -> Iterator[httpx.Client]:
    headers = {"x-api-key": "one", "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=server.transport, base_url="http://localhost", headers=headers) as found:
        yield found


def body(said: str, model: str = "claude-opus-5", **more: Any) -> dict[str, Any]:
    return {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": said}], **more}


def costs(client: httpx.Client) -> list[float | None]:
    return [each["cost"] for each in client.get("/_mock/requests").json()["requests"]]


@pytest.mark.parametrize(
    ("said", "model", "cost"),
    [
        ("count", "claude-opus-5", 0.0075),
        ("count", "claude-haiku-4-5", 0.0015),
        ("count", "claude-next", 0.12),
        ("count", "claude-bare", None),
        ("count", "gateway/model-7", None),
        ("decline", "claude-opus-5", 0.0),
        ("count", 7, None),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_message_has_its_cost(client: httpx.Client, said: str, model: Any, cost: float | None, *, stream: bool) -> None:
    client.post("/v1/messages", json=body(said, model, stream=stream)).read()
    assert costs(client) == [cost]
    assert client.get("/_mock/requests/1").json()["cost"] == cost


def test_refusal_of_some_categories_costs_what_was_read(client: httpx.Client) -> None:
    client.post("/v1/messages", json=body("charge")).raise_for_status()
    found = costs(client)[0]
    assert found is not None
    assert found >= 0.005


def test_cut_stream_costs_the_whole_message(client: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/v1/messages", json=body("cut", stream=True))
    assert costs(client) == [0.0075]


def test_batch_costs_half_of_its_requests(client: httpx.Client) -> None:
    items = [{"custom_id": str(number), "params": body("count")} for number in range(3)]
    client.post("/v1/messages/batches", json={"requests": [*items, {"custom_id": "bad", "params": {}}]})
    unpriced = {"custom_id": "b", "params": body("count", "claude-bare")}
    client.post("/v1/messages/batches", json={"requests": [items[0], unpriced]})
    assert costs(client) == [0.01125, None]
    assert client.get("/_mock/requests/1").json()["items"]["cost"] == 0.01125


def test_figures_have_the_sum(client: httpx.Client) -> None:
    client.post("/v1/messages", json=body("count"))
    client.post("/v1/messages", json=body("count", "claude-next"))
    client.post("/v1/messages", json=body("count", "claude-bare"))
    client.post("/v1/messages/count_tokens", json=body("count"))
    told = client.get("/_mock/stats").json()
    assert told["cost"] == 0.1275
    by_model = {row["model"]: row["cost"] for row in told["endpoints"] if row["endpoint"] == "messages"}
    assert by_model == {"claude-opus-5": 0.0075, "claude-next": 0.12, "claude-bare": 0.0}
    metrics = client.get("/_mock/metrics").text
    assert 'mockserver_cost_dollars_total{endpoint="messages",model="claude-next"} 0.12' in metrics

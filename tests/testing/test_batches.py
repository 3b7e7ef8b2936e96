"""What a test sees of message batches, and the SDK's helpers: over a socket and without one, sync and async."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer
from mockserver.testing.session import MockSession

PARAMS: Any = {"model": "claude-opus-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}


def requests(*names: str, **params: Any) -> Any:
    return [{"custom_id": name, "params": {**PARAMS, **params}} for name in names]


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as running:
        yield running


@pytest.fixture
def api(server: MockServer) -> MockSession:
    session = server.session("sk-batches")
    session.reset()
    return session


@pytest.fixture(params=["socket", "transport"])
def client(api: MockSession, request: pytest.FixtureRequest) -> Iterator[anthropic.Anthropic]:
    without = httpx.Client(transport=api.transport) if request.param == "transport" else None
    base = api.url if without is None else "http://mock"
    with anthropic.Anthropic(base_url=base, api_key=api.api_key, http_client=without, max_retries=0) as made:
        yield made


def test_sdk_goes_from_creation_to_deletion(client: anthropic.Anthropic) -> None:
    batches = client.messages.batches
    made = batches.create(requests=requests("a", "b"))
    with pytest.raises(anthropic.AnthropicError, match="results_url"):
        batches.results(made.id)  # it asks for the batch, too
    assert batches.retrieve(made.id).request_counts.succeeded == 2
    assert [row.custom_id for row in batches.results(made.id)] == ["a", "b"]
    assert batches.delete(made.id).type == "message_batch_deleted"
    with pytest.raises(anthropic.NotFoundError):
        batches.retrieve(made.id)


def test_sdk_cancels_and_pages(client: anthropic.Anthropic) -> None:
    batches = client.beta.messages.batches
    made = [batches.create(requests=requests("a")).id for _ in range(5)][::-1]
    assert [batch.id for batch in batches.list(limit=2)] == made
    assert batches.cancel(made[0]).processing_status == "canceling"
    assert batches.retrieve(made[0]).request_counts.canceled == 1
    assert [row.result.type for row in batches.results(made[0])] == ["canceled"]


@pytest.mark.parametrize("is_socket", [True, False])
def test_async_sdk_does_the_same(api: MockSession, is_socket: bool) -> None:
    async def run() -> list[str]:
        without = None if is_socket else httpx.AsyncClient(transport=api.transport)
        base = api.url if is_socket else "http://mock"
        async with anthropic.AsyncAnthropic(base_url=base, api_key=api.api_key, http_client=without) as made:
            batches = made.messages.batches
            name = (await batches.create(requests=requests("a", "b"))).id
            assert [batch.id async for batch in batches.list(limit=1)] == [name]
            while (await batches.retrieve(name)).processing_status != "ended":
                pass
            return [row.custom_id async for row in await batches.results(name)]

    assert asyncio.run(run()) == ["a", "b"]


def test_test_sees_what_was_sent(api: MockSession, client: anthropic.Anthropic) -> None:
    assert len(api.batches) == 0
    made = client.messages.batches.create(requests=requests("a", max_tokens=7) + requests("b", stream=True))
    (batch,) = api.batches
    assert (batch.id, batch.count, batch.custom_ids, batch.state) == (made.id, 2, ("a", "b"), "in_progress")
    assert batch.params[0] == {**PARAMS, "max_tokens": 7}
    assert batch.items[1] == {"custom_id": "b", "params": {**PARAMS, "stream": True}}
    assert batch.results == {}
    # Looking is no poll.
    assert client.messages.batches.retrieve(made.id).processing_status == "in_progress"
    api.batches.finish(made.id)
    assert client.messages.batches.retrieve(made.id).processing_status == "ended"
    assert (batch.results["a"]["type"], batch.results["b"]["type"]) == ("succeeded", "errored")
    client.messages.batches.delete(made.id)
    assert (batch.state, batch.results, list(api.batches)) == ("deleted", {}, [])


def test_batches_are_finished_at_once(api: MockSession, client: anthropic.Anthropic) -> None:
    api.configure(batches={"takes": "1h"})
    made = [client.messages.batches.create(requests=requests("a")).id for _ in range(2)]
    api.batches.finish()
    assert [batch.state for batch in api.batches] == ["ended", "ended"]
    assert [batch.id for batch in api.batches] == made
    with pytest.raises(ValueError, match="there is no batch 'msgbatch_x'"):
        api.batches.finish("msgbatch_x")


def test_plan_of_the_session_holds(api: MockSession, client: anthropic.Anthropic) -> None:
    api.configure(batches={"takes": 0, "expire": 1})
    made = client.messages.batches.create(requests=requests("a", "b"))
    assert client.messages.batches.retrieve(made.id).request_counts.expired == 1


def test_claims_of_batches(api: MockSession, client: anthropic.Anthropic) -> None:
    with pytest.raises(AssertionError, match="expected a batch, but there is none"):
        api.assert_batch()
    client.messages.batches.create(requests=requests("a", "b"))
    api.assert_batch()
    api.assert_batch(["b", "a"], count=2, state="in_progress")
    with pytest.raises(AssertionError, match=r'with the custom_ids \["a"\] and 2 requests, but none fits') as told:
        api.assert_batch(["a"], count=2)
    assert 'batches[0]: 2 requests, in_progress: ["a", "b"]' in str(told.value)
    with pytest.raises(AssertionError, match=r'with the custom_ids \["a", "c"\], but none fits'):
        api.assert_batch({"c", "a"})
    client.messages.batches.create(requests=requests("c"))
    api.assert_batch(name for name in "ab")
    with pytest.raises(TypeError, match="custom_ids: expected a list, got 'ab'"):
        api.assert_batch("ab")
    with pytest.raises(AssertionError, match="the state ended"):
        api.assert_batch(state="ended")
    with pytest.raises(ValueError, match="state: expected in_progress or canceling or ended"):
        api.assert_batch(state="done")


def test_journal_tells_who_answered(api: MockSession, client: anthropic.Anthropic) -> None:
    api.when(batch=True, custom_id="a").calls(["once", "twice"])
    api.configure(unmatched="error")
    client.messages.batches.create(requests=requests("a", "b") + requests("c", stream=True))
    entry = api.last_request
    assert entry.items is not None
    assert [*entry.items.scenarios.values()] == [1]
    assert (entry.items.generated, entry.items.unmatched, entry.items.refused) == (0, 1, 1)
    for claim, told in (
        (api.assert_no_unmatched, "nor 1 request in this batch"),
        (api.assert_valid, "the API refuses 1 request of the batch"),
        (api.assert_all_used, "gave 1 of 2 answers"),
        (api.finish, "no scenario fits"),
    ):
        with pytest.raises(AssertionError, match=told):
            claim()


def test_answers_of_requests_count_as_used(api: MockSession, client: anthropic.Anthropic) -> None:
    api.when(batch=True).calls(["one", "two"])
    client.messages.batches.create(requests=requests("a", "b"))
    api.assert_all_used()
    api.assert_no_unmatched()
    api.finish()


@pytest.mark.parametrize(("unmatched", "is_told"), [("generate", True), ("error", False)])
def test_batch_is_called_generated_when_its_answers_are(
    api: MockSession, client: anthropic.Anthropic, unmatched: Any, is_told: bool
) -> None:
    api.configure(unmatched=unmatched)
    client.messages.batches.create(requests=requests("a"))
    with pytest.raises(AssertionError, match="answered 200") as told:
        api.assert_called()
    assert ("(generated)" in str(told.value)) is is_told

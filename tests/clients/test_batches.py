"""Batches by the official Python SDK, as an application uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import anthropic
import pytest

from mockserver.testing.server import MockServer
from tests.clients.test_files import running
from tests.clients.test_sdk import ask, async_client, client, script

__all__ = ["async_client", "client", "running"]  # fixtures

Batches = Callable[[anthropic.Anthropic], Any]
GA_AND_BETA = pytest.mark.parametrize(
    "batches", [lambda client: client.messages.batches, lambda client: client.beta.messages.batches], ids=["ga", "beta"]
)
# A batch ends by the second look at it; more are a fault of the server, not a matter of patience.
LOOKS = 5
CITIES = {"name": "cities", "when": {"user": "next city"}, "calls": ["Oslo", "Bergen", "Tromsø"]}


def items(*texts: str, **more: Any) -> list[Any]:
    return [{"custom_id": f"item-{number}", "params": ask(text, **more)} for number, text in enumerate(texts)]


def finish(resource: Any, batch_id: str) -> Any:
    for _ in range(LOOKS):
        batch = resource.retrieve(batch_id)
        if batch.processing_status == "ended":
            return batch
    raise AssertionError(f"{batch_id} does not end: {batch}")


def texts_of(rows: Iterable[Any]) -> dict[str, str]:
    return {row.custom_id: row.result.message.content[0].text for row in rows}


@GA_AND_BETA
def test_batch_is_answered_and_removed(
    running: MockServer, client: anthropic.Anthropic, key: str, batches: Batches
) -> None:
    script(running, key, CITIES)
    resource = batches(client)
    created = resource.create(requests=items("next city", "next city", "next city"))
    assert (created.processing_status, created.results_url, created.ended_at) == ("in_progress", None, None)
    assert created.request_counts.processing == 3
    assert (created.expires_at - created.created_at).total_seconds() == 24 * 3600
    ended = finish(resource, created.id)
    assert (ended.request_counts.processing, ended.request_counts.succeeded) == (0, 3)
    assert ended.ended_at >= ended.created_at
    # Its items are answered in the order of the list, so they use up the script in that order.
    rows = list(resource.results(created.id))
    assert texts_of(rows) == {"item-0": "Oslo", "item-1": "Bergen", "item-2": "Tromsø"}
    assert {row.result.message.usage.service_tier for row in rows} == {"batch"}
    assert resource.delete(created.id).type == "message_batch_deleted"
    with pytest.raises(anthropic.NotFoundError):
        resource.retrieve(created.id)


async def run_batch(client: anthropic.AsyncAnthropic) -> dict[str, str]:
    async with client:
        batch = await client.messages.batches.create(requests=items("next city", "next city"))
        for _ in range(LOOKS):
            batch = await client.messages.batches.retrieve(batch.id)
            if batch.processing_status == "ended":
                break
        rows = [row async for row in await client.messages.batches.results(batch.id)]
        listed = [each.id async for each in client.messages.batches.list(limit=1)]
        await client.messages.batches.delete(batch.id)
        assert listed == [batch.id]
        assert [each.id async for each in client.messages.batches.list()] == []
    return texts_of(rows)


@pytest.mark.asyncio
async def test_async_client_runs_a_batch(running: MockServer, async_client: anthropic.AsyncAnthropic, key: str) -> None:
    script(running, key, CITIES)
    assert await run_batch(async_client) == {"item-0": "Oslo", "item-1": "Bergen"}


def test_results_before_the_end_are_an_error(client: anthropic.Anthropic) -> None:
    """The SDK looks at the batch before it asks for the results, so the batch is one that takes more than a look."""
    batch = client.messages.batches.create(requests=items("Hello"))
    with pytest.raises(anthropic.NotFoundError, match=f"Message Batch {batch.id} has no available results."):
        client.get(f"/v1/messages/batches/{batch.id}/results", cast_to=object)


def test_bad_item_is_a_row_of_its_own(client: anthropic.Anthropic) -> None:
    requests = items("Hello", "Hello again")
    requests[0]["params"]["max_tokens"] = -1
    batch = client.messages.batches.create(requests=requests)
    ended = finish(client.messages.batches, batch.id)
    assert (ended.request_counts.succeeded, ended.request_counts.errored) == (1, 1)
    results = {row.custom_id: row.result for row in client.messages.batches.results(batch.id)}
    failed = results["item-0"]
    assert failed.type == "errored"
    assert failed.error.error.type == "invalid_request_error"
    assert "max_tokens" in failed.error.error.message
    assert results["item-1"].type == "succeeded"


def test_cancelled_batch_ends_with_a_row_for_each_item(client: anthropic.Anthropic) -> None:
    batch = client.messages.batches.create(requests=items("Hello", "Hello again"))
    with pytest.raises(anthropic.BadRequestError, match="In progress batches cannot be deleted"):
        client.messages.batches.delete(batch.id)
    cancelled = client.messages.batches.cancel(batch.id)
    assert cancelled.processing_status == "canceling"
    assert cancelled.cancel_initiated_at
    ended = finish(client.messages.batches, batch.id)
    types = [row.result.type for row in client.messages.batches.results(batch.id)]
    assert len(types) == 2
    assert ended.request_counts.canceled == types.count("canceled") > 0
    assert ended.request_counts.succeeded == types.count("succeeded")


@GA_AND_BETA
def test_list_is_paged_to_its_end(client: anthropic.Anthropic, batches: Batches) -> None:
    resource = batches(client)
    made = [resource.create(requests=items("Hello")).id for _ in range(5)]
    assert [batch.id for batch in resource.list(limit=2)] == made[::-1]
    assert {batch.id for batch in resource.list(limit=2, before_id=made[0])} == set(made[1:])
    assert [batch.id for batch in resource.list(limit=2, after_id=made[3])] == made[2::-1]


def test_list_is_paged_while_batches_come_and_go(client: anthropic.Anthropic) -> None:
    """One that is there all the time is listed once, also when the last one of a page is removed."""
    resource = client.messages.batches
    made = [resource.create(requests=items("Hello")).id for _ in range(8)]
    seen: list[str] = []
    for batch in resource.list(limit=2):
        seen.append(batch.id)
        if batch.id in made[::2]:
            finish(resource, batch.id)
            resource.delete(batch.id)
            resource.create(requests=items("Hello"))
    assert seen == made[::-1]


def test_too_many_or_doubled_items_are_refused(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="requests: "):
        client.messages.batches.create(requests=[])
    with pytest.raises(anthropic.BadRequestError, match="custom_id"):
        client.messages.batches.create(requests=[*items("Hello"), *items("Hello")])


def test_results_are_found_by_the_url_of_a_session(running: MockServer) -> None:
    """The SDK follows ``results_url``, which must lead where the client has its base URL."""
    url = f"{running.url}/_session/batches-by-url"
    with anthropic.Anthropic(base_url=url, api_key="any", max_retries=0) as client:
        batch = client.messages.batches.create(requests=items("Hello"))
        assert finish(client.messages.batches, batch.id).results_url.startswith(url)
        assert list(texts_of(client.messages.batches.results(batch.id))) == ["item-0"]
    with anthropic.Anthropic(base_url=running.url, api_key="any", max_retries=0) as other:
        assert batch.id not in [each.id for each in other.messages.batches.list()]

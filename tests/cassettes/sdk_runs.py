"""What a client of the official SDK does, and what it gets: parts that are recorded, and replayed in any order.

Each returns what the client saw, as JSON values, without ids and times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic

MODEL = "claude-haiku-4-5"
WEATHER: Any = {
    "name": "get_weather",
    "description": "Current weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
THINKING: Any = {"type": "enabled", "budget_tokens": 1024}
# Their values differ from run to run.
VOLATILE = {"id", "tool_use_id", "signature", "created_at", "ended_at", "expires_at", "request_id", "results_url"}
Seen = list[Any]


def drop_volatile(value: Any) -> Any:
    """A JSON value without what differs from run to run."""
    if isinstance(value, Mapping):
        return {key: drop_volatile(below) for key, below in value.items() if key not in VOLATILE}
    return [drop_volatile(each) for each in value] if isinstance(value, list) else value


def show(model: Any) -> Any:
    return drop_volatile(model.to_dict(mode="json"))


def ask(text: Any, **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 2048, "messages": [{"role": "user", "content": text}], **more}


def answer_tools(message: Any) -> Any:
    return [
        {"type": "tool_result", "tool_use_id": block.id, "content": "11 degrees"}
        for block in message.content
        if block.type == "tool_use"
    ]


def loop_tools(client: anthropic.Anthropic, question: str = "How is the weather in Oslo?", **more: Any) -> Seen:
    messages: list[Any] = [{"role": "user", "content": question}]
    seen: Seen = []
    for _ in range(5):
        message = client.messages.create(model=MODEL, max_tokens=2048, tools=[WEATHER], messages=messages, **more)
        seen.append(show(message))
        if message.stop_reason != "tool_use":
            break
        messages += [
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": answer_tools(message)},
        ]
    assert len(seen) > 1
    return seen


def loop_tools_thinking(client: anthropic.Anthropic) -> Seen:
    seen = loop_tools(client, "How is the weather in Bergen?", thinking=THINKING)
    assert "thinking" in [block["type"] for block in seen[0]["content"]]
    return seen


def stream(client: anthropic.Anthropic) -> Seen:
    with client.messages.stream(**ask("Tell me about whales.", thinking=THINKING)) as stream:
        texts = "".join(stream.text_stream)
        final = stream.get_final_message()
    raw = client.messages.create(**ask("Tell me about seals."), stream=True)
    return [texts, show(final), [event.type for event in raw if event.type != "content_block_delta"]]


def stream_tools(client: anthropic.Anthropic) -> Seen:
    with client.messages.stream(**ask("How is the weather in Rome?", tools=[WEATHER])) as stream:
        kinds = [event.type for event in stream]
        return [sorted(set(kinds)), show(stream.get_final_message())]


def call_in_parallel(client: anthropic.Anthropic) -> Seen:
    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(lambda n: show(client.messages.create(**ask(f"Name the number {n}."))), range(6)))


def retry(client: anthropic.Anthropic) -> Seen:
    return [show(client.with_options(max_retries=3).messages.create(**ask("Please retry this.")))]


def fail(client: anthropic.Anthropic) -> Seen:
    try:
        client.messages.create(**ask("Please refuse this."))
    except anthropic.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.body["error"]]  # type: ignore[index]  # a mapping
    raise AssertionError("expected an error")


def count(client: anthropic.Anthropic) -> Seen:
    return [client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "How many?"}]).input_tokens]


def work_in_batches(client: anthropic.Anthropic) -> Seen:
    requests: Any = [{"custom_id": f"r{n}", "params": ask(f"Translate the word {n}.")} for n in range(3)]
    batch = client.messages.batches.create(requests=requests)
    states = []
    while True:
        found = client.messages.batches.retrieve(batch.id)
        states.append(found.processing_status)
        if found.processing_status == "ended":
            break
    results = sorted(
        (show(each) for each in client.messages.batches.results(batch.id)), key=lambda each: each["custom_id"]
    )
    listed = [each.id == batch.id for each in client.messages.batches.list(limit=5)]
    return [states, sorted(results, key=lambda each: str(each["custom_id"])), listed]


def use_files(client: anthropic.Anthropic) -> Seen:
    uploaded = client.beta.files.upload(file=("notes.txt", b"Whales are large.", "text/plain"))
    document: Any = {"type": "document", "source": {"type": "file", "file_id": uploaded.id}}
    message = client.beta.messages.create(
        **ask([document, {"type": "text", "text": "What does the file say?"}]), betas=["files-api-2025-04-14"]
    )
    metadata = client.beta.files.retrieve_metadata(uploaded.id)
    deleted = client.beta.files.delete(uploaded.id)
    return [show(uploaded), show(message), show(metadata), deleted.type]


def list_models(client: anthropic.Anthropic) -> Seen:
    return [[model.id for model in client.models.list(limit=4).data], client.models.retrieve(MODEL).display_name]


def ask_asynchronously(client: anthropic.Anthropic) -> Seen:
    async def run() -> Seen:
        async with anthropic.AsyncAnthropic(base_url=str(client.base_url), api_key=client.api_key) as other:
            asked = [other.messages.create(**ask(f"Spell the letter {n}.")) for n in range(6)]
            seen = [show(each) for each in await asyncio.gather(*asked)]
            async with other.messages.stream(**ask("Tell me about otters.")) as stream:
                texts = [text async for text in stream.text_stream]
                return [*seen, "".join(texts), show(await stream.get_final_message())]

    return asyncio.run(run())


PARTS: dict[str, Callable[[anthropic.Anthropic], Seen]] = {
    "tools": loop_tools,
    "tools and thinking": loop_tools_thinking,
    "stream": stream,
    "stream of tools": stream_tools,
    "parallel": call_in_parallel,
    "retries": retry,
    "errors": fail,
    "count_tokens": count,
    "batches": work_in_batches,
    "files": use_files,
    "models": list_models,
    "async": ask_asynchronously,
}

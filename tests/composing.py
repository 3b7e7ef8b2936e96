"""Shared by the tests of composing: a request, its context, and messages checked against the schema."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson

from mockserver.compose import Context, compose
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block, Reply
from mockserver.reference import schemas
from mockserver.reference.catalog import lookup
from mockserver.reference.signing import Signer
from mockserver.store.memory.fingerprints import exchange
from mockserver.store.memory.prompt_cache import consult

SIGNER = Signer(b"secret")
HELLO: Block = {"type": "text", "text": "Hello!"}
THOUGHT: Block = {"type": "thinking", "thinking": "They greet me."}
CALL: Block = {"type": "tool_use", "name": "get_weather", "input": {"city": "Oslo"}}
SEARCH: Block = {"type": "server_tool_use", "name": "web_search", "input": {"query": "parrots"}}
RAN: Block = {
    "type": "bash_code_execution_tool_result",
    "content": {"type": "bash_code_execution_result", "stdout": "1", "stderr": "", "return_code": 0, "content": []},
}
FOUND: Block = {
    "type": "web_search_tool_result",
    "content": [{"type": "web_search_result", "title": "t", "url": "u", "encrypted_content": "e", "page_age": None}],
}
TOP = ["model", "id", "type", "role", "content", "stop_reason", "stop_sequence", "stop_details", "usage", "diagnostics"]
USAGE = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation", "output_tokens"]


def body(**more: Any) -> dict[str, Any]:
    question = {"role": "user", "content": "Hi"}
    return {"model": "claude-sonnet-4-5", "max_tokens": 1000, "messages": [question], **more}


def context(
    request: Mapping[str, Any],
    *,
    cache: dict[bytes, tuple[float, float]] | None = None,
    fingerprints: dict[str, tuple[float, bytes]] | None = None,
    **more: Any,
) -> Context:
    if cache is not None:
        more["consult_cache"] = partial(consult, cache)
    if fingerprints is not None:
        more["exchange_fingerprint"] = partial(exchange, fingerprints)
    return Context(**{"model": lookup(request["model"]), "signer": SIGNER, "seed": 7, "tick": 3, **more})


def outcome(answer: Answer, request: dict[str, Any] | None = None, betas: tuple[str, ...] = (), **more: Any) -> Any:
    request = request or body()
    return compose(answer, Prompt(request, betas=frozenset(betas)), context(request, **more))


def message(*content: Block, request: dict[str, Any] | None = None, betas: tuple[str, ...] = (), **said: Any) -> Any:
    """The composed message, checked strictly against the schema of responses."""
    reply = outcome(Answer(content=content, **said), request, betas)
    assert isinstance(reply, Reply)
    shown = orjson.loads(orjson.dumps(reply.message))
    problems = [error.message for error in schemas.response_validator("beta_message").iter_errors(shown)]
    assert problems == []
    return reply.message

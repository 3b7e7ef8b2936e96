"""The canonical form of a request: what may differ from run to run is taken out, or replaced by what stands for it.

Each part that a cassette may ignore is a row of ``RULES``. What no row takes out is compared: key order never counts,
whitespace does. A content that is a string is the same as one text block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from mockserver.recordings.asked import Asked, read_query
from mockserver.recordings.cassette import Match
from mockserver.recordings.redacting import Rules, redact_body
from mockserver.recordings.walking import Walk

Body = dict[str, Any]
_SAMPLING = ("temperature", "top_k", "top_p")
# Claude Code's first block of the system prompt (source: recorded 2026-06 to 2026-08; versions 2.1.196 to 2.1.233).
BILLING = "x-anthropic-billing-header:"


def _drop(*names: str) -> Callable[[Body], Body]:
    return lambda body: {key: value for key, value in body.items() if key not in names}


def _drop_billing(body: Body) -> Body:
    """Without the line of Claude Code that tells its version and a checksum (``cch``), in any system prompt."""
    found = {**body}
    if "system" in found:
        found["system"] = _clear_billing(found["system"])
    messages = found.get("messages")
    if isinstance(messages, list) and any(_is_system(each) for each in messages):
        found["messages"] = [
            {**each, "content": _clear_billing(each.get("content"))} if _is_system(each) else each for each in messages
        ]
    return found


def _is_system(message: Any) -> bool:
    return isinstance(message, Mapping) and message.get("role") == "system"


def _clear_billing(blocks: Any) -> Any:
    if not isinstance(blocks, list):
        return blocks
    cleared = [_cut_billing(each) for each in blocks]
    return [each for each in cleared if each is not None]


def _cut_billing(block: Any) -> Any:
    """A block without such a line at its beginning; None when it has nothing else."""
    text = block.get("text") if isinstance(block, Mapping) else None
    if not isinstance(text, str) or not text.startswith(BILLING):
        return block
    rest = text.partition("\n")[2]
    return {**block, "text": rest} if rest else None


def _drop_descriptions(body: Body) -> Body:
    return _change_tools(body, lambda tools: [_drop_texts(tool) for tool in tools])


def _drop_texts(value: Any) -> Any:
    """A tool, or a part of its schema, without the texts that describe it; a property of that name is none."""
    if isinstance(value, Mapping):
        return {
            key: _drop_texts(below)
            for key, below in value.items()
            if not (key == "description" and isinstance(below, str))
        }
    return [_drop_texts(each) for each in value] if isinstance(value, list) else value


def _sort_tools(body: Body) -> Body:
    return _change_tools(body, lambda tools: sorted(tools, key=_rank_tool))


def _rank_tool(tool: Any) -> tuple[str, bytes]:
    name = tool.get("name") if isinstance(tool, Mapping) else ""
    return str(name), orjson.dumps(tool, option=orjson.OPT_SORT_KEYS)


def _change_tools(body: Body, change: Callable[[list[Any]], list[Any]]) -> Body:
    tools = body.get("tools")
    return {**body, "tools": change(tools)} if isinstance(tools, list) else body


# What the names of ``match: {ignore: [...]}`` do to the parameters of a conversation. The names that are no rows are
# looked at on the way through all values (`walking.py`), betas where headers are.
RULES: Mapping[str, Callable[[Body], Body]] = {
    "betas": _drop("anthropic_beta", "betas"),
    "billing_header": _drop_billing,
    "max_tokens": _drop("max_tokens"),
    "metadata": _drop("metadata"),
    "sampling": _drop(*_SAMPLING),
    "stream": _drop("stream"),
    "system": _drop("system"),
    "tool_descriptions": _drop_descriptions,
    "tool_order": _sort_tools,
}


def normalise(
    asked: Asked, match: Match, rules: Rules | None = None, write_date: Callable[[str, str], str] | None = None
) -> Body:
    """The canonical form of a request, with its keys in order.

    Args:
        asked: the request.
        match: what may differ.
        rules: by which secrets are taken out of a conversation; None: they stay.
        write_date: makes what stands for a date in a text, given its form and the date; None: it stays. It is called
            in the same order for requests that differ in their dates alone.

    Raises:
        OverBudgetError: a pattern of ``volatile`` takes too long.
    """
    walk = Walk(match, write_date if "dates" in match.ignore else None)
    betas = {} if "betas" in match.ignore or not asked.betas else {"anthropic-beta": list(asked.betas)}
    if asked.is_conversation:
        body = _join(asked)
        redacted = body if rules is None else redact_body(body, rules, asked.secrets)
        return {**betas, **walk.value(_apply(redacted, match))}
    query = read_query(asked.query)
    return {
        "method": asked.method,
        "path": asked.path,
        **betas,
        **({"query": dict(sorted(query.items()))} if query else {}),
        **({} if asked.body is None else {"body": walk.value(_prepare_any(asked.body, match))}),
    }


def _join(asked: Asked) -> Body:
    """The parameters of a conversation, with all of its messages."""
    body = dict(asked.body)
    if asked.history:
        messages, thread = body.get("messages"), body.get("thread")
        body["messages"] = [*asked.history, *(messages if isinstance(messages, list) else ())]
        if isinstance(thread, Mapping):
            # It says where the history comes from, which is there now.
            body["thread"] = {key: value for key, value in thread.items() if key != "previous_message_id"}
    return body


def _prepare_any(value: Any, match: Match) -> Any:
    """The body of another endpoint: that of a batch holds parameters of conversations."""
    requests = value.get("requests") if isinstance(value, dict) else None
    if not isinstance(requests, list):
        return value
    return {
        **value,
        "requests": [
            {**each, "params": _apply(each["params"], match)}
            if isinstance(each, dict) and isinstance(each.get("params"), dict)
            else each
            for each in requests
        ],
    }


def _apply(body: Body, match: Match) -> Body:
    unified = _unify(body)
    for name in match.ignore:
        if name in RULES:
            unified = RULES[name](unified)
    # Without the line of Claude Code there may be none.
    return _drop("system")(unified) if unified.get("system") in ([], "") else unified


def _unify(body: Body) -> Body:
    """The parameters of a conversation in one of the ways in which they may be written."""
    found = {**body}
    if found.get("stream") is False:
        del found["stream"]
    if isinstance(found.get("system"), str):
        found["system"] = _write_block(found["system"])
    if isinstance(found.get("messages"), Sequence) and not isinstance(found["messages"], str):
        found["messages"] = [_unify_content(each) for each in found["messages"]]
    return found


def _unify_content(value: Any) -> Any:
    """A message or a block whose content, and that of what it holds, is a list of blocks where it may be one."""
    if isinstance(value, list):
        return [_unify_content(each) for each in value]
    if not isinstance(value, dict) or not ("content" in value or "source" in value):
        return value
    found = {**value, **{key: _unify_content(value[key]) for key in _NESTING if key in value}}
    if isinstance(value.get("content"), str) and str(value.get("type")) not in _TEXTS:
        found["content"] = _write_block(value["content"])
    return found


# Keys below which blocks are, and the types of those whose content is a text and never blocks.
_NESTING = ("content", "source")
_TEXTS = frozenset(("compaction", "text_editor_code_execution_view_result"))


def _write_block(text: str) -> list[Body]:
    return [{"type": "text", "text": text}] if text else []

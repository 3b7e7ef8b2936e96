"""The shorthands for what an answer says, and the API blocks each one stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.records.reply import Block

Maker = Callable[[Any, Mapping[str, Any]], Iterator[Block]]


def blocks_of(said: Mapping[str, Any]) -> Iterator[Block]:
    """The blocks of a mapping of shorthands, in the order of ``SHORTHANDS``; one with ``type`` is a block itself."""
    if "type" in said:
        yield said
        return
    for key, make in SHORTHANDS.items():
        if key in said:
            yield from make(said[key], said)


def content_of(items: Any) -> tuple[Block, ...]:
    """The blocks of a ``content`` list, whose items are texts, shorthands or verbatim blocks."""
    return tuple(
        block
        for item in _each(items)
        for block in (blocks_of(item) if isinstance(item, dict) else [{"type": "text", "text": as_text(item)}])
    )


def as_text(value: Any) -> str:
    """A value where the API has a text: a placeholder may have given a number or an object."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def is_header_name(name: str) -> bool:
    """Whether HTTP takes this as the name of a header."""
    return re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) is not None


def is_header_value(value: str) -> bool:
    """Whether HTTP takes this as the value of a header: no line ends, no control characters."""
    return re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) is None


def is_own_header(name: str, value: Any) -> bool:
    """Whether the server itself says this header: how long an answer is, and what becomes of the connection."""
    name = name.lower()
    return name in ("content-length", "transfer-encoding") or (
        name == "connection" and str(value).lower() not in ("close", "keep-alive")
    )


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _thinking(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    for item in _each(value):
        if isinstance(item, dict):
            yield {"type": "thinking", **item}
        else:
            yield {"type": "thinking", "thinking": as_text(item)}


def _redacted_thinking(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    # The data is opaque; without one, composing makes some.
    for item in [item for item in _each(value) if item is not False]:
        yield {"type": "redacted_thinking"} if item is True else {"type": "redacted_thinking", "data": as_text(item)}


def _text(value: Any, said: Mapping[str, Any]) -> Iterator[Block]:
    citations = said.get("citations")
    for item in _each(value):
        block = {"type": "text", "text": as_text(item)}
        # The wire writes citations first, and only where there are some (source: recorded).
        yield {"citations": [_citation(given) for given in citations], **block} if citations else block


def _citation(given: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = given.get("type") or next((kind for key, kind, _ in _CITATIONS if key in given), "char_location")
    defaults = next((defaults for _, name, defaults in _CITATIONS if name == kind), {})
    return {"type": kind, **defaults, **given}


_DOCUMENT: Mapping[str, Any] = {"document_index": 0, "document_title": None, "file_id": None}
# A key that only one kind of citation has, that kind, and what may be left out.
_CITATIONS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("start_char_index", "char_location", _DOCUMENT),
    ("start_page_number", "page_location", _DOCUMENT),
    ("source", "search_result_location", {"search_result_index": 0, "title": None}),
    ("start_block_index", "content_block_location", _DOCUMENT),
    ("url", "web_search_result_location", {"title": None, "encrypted_index": "EncryptedIndex"}),
)


def _json(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    yield {"type": "text", "text": orjson.dumps(value).decode()}


def _tool_use(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    for item in _each(value):
        given = item if isinstance(item, dict) else {"name": as_text(item)}
        yield {"type": "tool_use", "input": {}, **given}


def _server_tool(name: str, result: str, make: Callable[[Mapping[str, Any]], Any], inputs: Sequence[str]) -> Maker:
    """A server tool: its use, and, when the scenario gives ``error`` or what came of it, its result."""

    def blocks(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
        for item in _each(value):
            given = {key: item[key] for key in inputs if key in item}
            yield {"type": "server_tool_use", "name": name, "input": {**given, **(item.get("input") or {})}}
            if "error" in item:
                yield {"type": result, "content": {"type": f"{result}_error", "error_code": item["error"]}}
            elif (content := make(item)) is not None:
                yield {"type": result, "content": content}

    return blocks


def _searched(item: Mapping[str, Any]) -> Any:
    if "results" not in item:
        return None
    defaults = {"title": "", "url": "", "encrypted_content": "EncryptedContent", "page_age": None}
    return [{"type": "web_search_result", **defaults, **result} for result in item["results"]]


def _fetched(item: Mapping[str, Any]) -> Any:
    if "text" not in item and "data" not in item:
        return None
    source = (
        {"type": "base64", "media_type": "application/pdf", "data": item["data"]}
        if "data" in item
        else {"type": "text", "media_type": "text/plain", "data": as_text(item["text"])}
    )
    document = {"type": "document", "source": source, "title": item.get("title"), "citations": item.get("citations")}
    retrieved = item.get("retrieved_at")
    return {"type": "web_fetch_result", "url": item.get("url", ""), "content": document, "retrieved_at": retrieved}


def _executed(kind: str) -> Callable[[Mapping[str, Any]], Any]:
    def make(item: Mapping[str, Any]) -> Any:
        if not item.keys() & {"stdout", "stderr", "return_code", "files"}:
            return None
        return {
            "type": f"{kind}_result",
            "stdout": as_text(item.get("stdout", "")),
            "stderr": as_text(item.get("stderr", "")),
            "return_code": item.get("return_code", 0),
            "content": [{"type": f"{kind}_output", "file_id": file} for file in item.get("files", ())],
        }

    return make


def _edited(item: Mapping[str, Any]) -> Any:
    if "result" not in item:
        return None
    kind = f"text_editor_code_execution_{item.get('command', 'view')}_result"
    return {"type": kind, **_EDITS.get(str(item.get("command", "view")), {}), **item["result"]}


_EDITS: Mapping[str, Mapping[str, Any]] = {
    "view": {"file_type": "text", "content": "", "num_lines": None, "start_line": None, "total_lines": None},
    "create": {"is_file_update": False},
    "str_replace": {"lines": None, "old_start": None, "old_lines": None, "new_start": None, "new_lines": None},
}


def _found(item: Mapping[str, Any]) -> Any:
    if "tools" not in item:
        return None
    references = [{"type": "tool_reference", "tool_name": name} for name in item["tools"]]
    return {"type": "tool_search_tool_search_result", "tool_references": references}


def _tool_search(value: Any, said: Mapping[str, Any]) -> Iterator[Block]:
    for item in _each(value):
        name, key = ("tool_search_tool_regex", "pattern") if "pattern" in item else ("tool_search_tool_bm25", "query")
        yield from _server_tool(name, "tool_search_tool_result", _found, [key])(item, said)


def _mcp(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    for item in _each(value):
        used = {"name": item["name"], "server_name": item["server"], "input": item.get("input") or {}}
        yield {"type": "mcp_tool_use", **used}
        if "result" in item:
            result = item["result"]
            content = result if isinstance(result, list) else [{"type": "text", "text": as_text(result)}]
            yield {"type": "mcp_tool_result", "is_error": item.get("is_error", False), "content": content}


def _container_upload(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    for item in _each(value):
        yield {"type": "container_upload", "file_id": item}


SHORTHANDS: dict[str, Maker] = {
    "thinking": _thinking,
    "redacted_thinking": _redacted_thinking,
    "text": _text,
    "json": _json,
    "web_search": _server_tool("web_search", "web_search_tool_result", _searched, ["query"]),
    "web_fetch": _server_tool("web_fetch", "web_fetch_tool_result", _fetched, ["url"]),
    "code_execution": _server_tool(
        "code_execution", "code_execution_tool_result", _executed("code_execution"), ["code"]
    ),
    "bash_code_execution": _server_tool(
        "bash_code_execution", "bash_code_execution_tool_result", _executed("bash_code_execution"), ["command"]
    ),
    "text_editor_code_execution": _server_tool(
        "text_editor_code_execution",
        "text_editor_code_execution_tool_result",
        _edited,
        ["command", "path", "file_text", "old_str", "new_str"],
    ),
    "tool_search": _tool_search,
    "mcp": _mcp,
    "container_upload": _container_upload,
    "tool_use": _tool_use,
}

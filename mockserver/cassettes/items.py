"""Says the blocks of a recorded message in the shorthands of scenario files, where those make the same blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from mockserver.records.reply import Block
from mockserver.scenarios.answering.blocks import build_blocks

Item = Mapping[str, Any]
_CODE = ("stdout", "stderr", "return_code")
# Keys of blocks that composing gives.
_GIVEN = ("id", "tool_use_id", "caller")


class Said(Struct, frozen=True):
    """An item of content: the shorthand, or the block itself, and whether it is a shorthand."""

    item: Item
    is_short: bool = True


def say_blocks(content: Sequence[Block], *, wants_json: bool) -> list[Said]:
    """The items of a message's content.

    Args:
        content: its blocks.
        wants_json: whether the request asked for structured output: a text that is JSON is said as its value.
    """
    said, at = list[Said](), 0
    while at < len(content):
        item, taken = _say_next(content[at:], wants_json=wants_json)
        said.append(item)
        at += taken
    return said


def merge(said: Sequence[Said]) -> Item | None:
    """All items as the keys of one answer; None where these would come in another order, or cannot be told apart."""
    merged: dict[str, Any] = {}
    for each in said:
        if not each.is_short or ("citations" in each.item and len(each.item) > 1 and "text" in merged):
            return None
        for key, value in each.item.items():
            merged.setdefault(key, []).append(value)
    if "citations" in merged and len(merged["text"]) > 1:
        return None
    whole = {key: values[0] if len(values) == 1 else values for key, values in merged.items()}
    blocks = [block for each in said for block in build_blocks(each.item)]
    return whole if [*build_blocks(whole)] == blocks else None


def _say_next(content: Sequence[Block], *, wants_json: bool) -> tuple[Said, int]:
    """The item that the content begins with, and of how many blocks it is."""
    for pair in (content[:2], content[:1]):
        for item in _list_forms(pair, wants_json=wants_json):
            if _makes(item, pair):
                return Said(item), len(pair)
    return Said(content[0], is_short=False), 1


def _makes(item: Item, blocks: Sequence[Block]) -> bool:
    """Whether a shorthand makes these blocks, but for what composing gives them."""
    try:
        made = [_strip(block) for block in build_blocks(item)]
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return made == [_strip(block) for block in blocks]


def _strip(block: Block) -> Block:
    return {key: value for key, value in block.items() if key not in _GIVEN}


def _list_forms(blocks: Sequence[Block], *, wants_json: bool) -> Iterator[Item]:
    first = blocks[0]
    kind, rest = first.get("type"), blocks[1:]
    if not rest and kind == "text" and wants_json:
        yield from _say_json(first)
    if rest and (first.get("id") is None or rest[0].get("tool_use_id") != first.get("id")):
        return
    name = str(first.get("name")) if kind == "server_tool_use" else str(kind)
    say = PAIRS.get(name) if rest or kind in ("server_tool_use", "mcp_tool_use") else SINGLES.get(name)
    if say is not None:
        try:
            yield say(first, rest[0].get("content") if rest else None, rest[0] if rest else {})
        except (KeyError, TypeError, AttributeError):
            return


def _say_json(block: Block) -> Iterator[Item]:
    try:
        yield {"json": orjson.loads(block["text"])}
    except (KeyError, ValueError, TypeError):
        return


Say = Callable[[Block, Any, Block], Item]


def _say_text(block: Block, _: Any, __: Block) -> Item:
    return {key: block[key] for key in ("text", "citations") if key in block}


def _say_thinking(block: Block, _: Any, __: Block) -> Item:
    fields = {key: value for key, value in block.items() if key != "type"}
    return {"thinking": fields if "signature" in fields else fields["thinking"]}


def _say_redacted(block: Block, _: Any, __: Block) -> Item:
    return {"redacted_thinking": block["data"]}


def _say_tool_use(block: Block, _: Any, __: Block) -> Item:
    return {"tool_use": {"name": block["name"], "input": block["input"]} if block["input"] else block["name"]}


def _say_upload(block: Block, _: Any, __: Block) -> Item:
    return {"container_upload": block["file_id"]}


def _say_search(use: Block, result: Any, _: Block) -> Item:
    if result is None or isinstance(result, Mapping):
        return {"web_search": {**use["input"], **_say_error(result)}}
    return {"web_search": {**use["input"], "results": [_without(each, "type") for each in result]}}


def _say_fetch(use: Block, result: Any, _: Block) -> Item:
    if result is None or "error_code" in result:
        return {"web_fetch": {**use["input"], **_say_error(result)}}
    document = result["content"]
    source = document["source"]
    said = {"title": document.get("title"), "citations": document.get("citations")}
    page = {
        "retrieved_at": result.get("retrieved_at"),
        ("data" if source["type"] == "base64" else "text"): source["data"],
    }
    return {
        "web_fetch": {**use["input"], **{key: value for key, value in {**said, **page}.items() if value is not None}}
    }


def _say_run(use: Block, result: Any, _: Block) -> Item:
    if result is None or "error_code" in result:
        return {str(use["name"]): {**use["input"], **_say_error(result)}}
    files = [output["file_id"] for output in result["content"]]
    said = {key: result[key] for key in _CODE if result[key] not in ("", 0)} or {"stdout": ""}
    return {str(use["name"]): {**use["input"], **said, **({"files": files} if files else {})}}


def _say_edit(use: Block, result: Any, _: Block) -> Item:
    said = _say_error(result) if result is None or "error_code" in result else {"result": _without(result, "type")}
    return {"text_editor_code_execution": {**use["input"], **said}}


def _say_tool_search(use: Block, result: Any, _: Block) -> Item:
    if result is None or "error_code" in result:
        return {"tool_search": {**use["input"], **_say_error(result)}}
    return {"tool_search": {**use["input"], "tools": [each["tool_name"] for each in result["tool_references"]]}}


def _say_mcp(use: Block, result: Any, block: Block) -> Item:
    said = {"server": use["server_name"], "name": use["name"], "input": use["input"]}
    if result is not None:
        is_text = len(result) == 1 and result[0].keys() == {"type", "text"}
        said["result"] = result[0]["text"] if is_text else result
    return {"mcp": {**said, **({"is_error": True} if block.get("is_error") else {})}}


def _say_error(result: Any) -> Item:
    return {} if result is None else {"error": result["error_code"]}


def _without(value: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: below for key, below in value.items() if key not in keys}


SINGLES: Mapping[str, Say] = {
    "text": _say_text,
    "thinking": _say_thinking,
    "redacted_thinking": _say_redacted,
    "tool_use": _say_tool_use,
    "container_upload": _say_upload,
}
# Uses of the API's own tools by the tool's name, those of MCP by their type: with their results, or without.
PAIRS: Mapping[str, Say] = {
    "web_search": _say_search,
    "web_fetch": _say_fetch,
    "code_execution": _say_run,
    "bash_code_execution": _say_run,
    "text_editor_code_execution": _say_edit,
    "tool_search_tool_regex": _say_tool_search,
    "tool_search_tool_bm25": _say_tool_search,
    "mcp_tool_use": _say_mcp,
}

"""A request of the Messages format, written as a chat request: what ``reading`` reads, the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

Json = dict[str, Any]
APART = ("system", "messages", "tools", "tool_choice", "output_config")
CHOICES = {"auto": "auto", "any": "required", "none": "none"}


def write_request(body: Json) -> Json:
    """A chat request that says what a request of the Messages format says."""
    said = {key: value for key, value in body.items() if key not in APART}
    messages = [{"role": "system", "content": body["system"]}] if "system" in body else []
    said["messages"] = [*messages, *(written for each in body["messages"] for written in _write_message(each))]
    if "stop_sequences" in said:
        said["stop"] = said.pop("stop_sequences")
    if "output_config" in body:
        schema = {"name": "answer", "schema": body["output_config"]["format"]["schema"]}
        said["response_format"] = {"type": "json_schema", "json_schema": schema}
    if "tools" in body:
        said["tools"] = [_write_tool(tool) for tool in body["tools"]]
    if "tool_choice" in body:
        said |= _write_choice(body["tool_choice"])
    return said


def _write_choice(choice: Json) -> Json:
    parallel = {"parallel_tool_calls": False} if choice.get("disable_parallel_tool_use") else {}
    if choice["type"] == "tool":
        return {"tool_choice": {"type": "function", "function": {"name": choice["name"]}}, **parallel}
    return {"tool_choice": CHOICES[choice["type"]], **parallel}


def _write_tool(tool: Json) -> Json:
    function = {"name": tool["name"], "parameters": tool["input_schema"]}
    if "description" in tool:
        function["description"] = tool["description"]
    return {"type": "function", "function": function}


def _write_message(message: Json) -> Iterator[Json]:
    role, content = message["role"], message["content"]
    if isinstance(content, str):
        yield {"role": role, "content": content}
        return
    for block in content:
        if block["type"] == "tool_result":
            yield {"role": "tool", "tool_call_id": block["tool_use_id"], "content": block["content"]}
    parts = [_write_part(block) for block in content if block["type"] not in ("tool_result", "tool_use")]
    calls = [_write_call(block) for block in content if block["type"] == "tool_use"]
    if parts or calls:
        yield {"role": role, **({"content": parts} if parts else {}), **({"tool_calls": calls} if calls else {})}


def _write_call(block: Json) -> Json:
    arguments = orjson.dumps(block["input"]).decode()
    return {"id": block["id"], "type": "function", "function": {"name": block["name"], "arguments": arguments}}


def _write_part(block: Json) -> Json:
    source = block.get("source", {})
    if block["type"] == "text":
        part: Json = {"type": "text", "text": block["text"]}
    elif source["type"] == "url":
        part = {"type": "image_url", "image_url": {"url": source["url"]}}
    elif block["type"] == "image":
        part = {"type": "image_url", "image_url": {"url": f"data:{source['media_type']};base64,{source['data']}"}}
    else:
        data = f"data:{source['media_type']};base64,{source['data']}"
        named = {"filename": block["title"]} if "title" in block else {}
        part = {"type": "file", "file": {"file_data": data, **named}}
    return part | ({"cache_control": block["cache_control"]} if "cache_control" in block else {})

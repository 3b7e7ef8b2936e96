"""The tools of a chat request, and which of them the model is to call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

# The modes of ``tool_choice``, and of ``allowed_tools`` in it.
MODES = {"none": "none", "auto": "auto", "required": "any", "any": "any"}
# How often the web is searched, by ``search_context_size`` (source code of new-api 2026).
SEARCHES = {"low": 1, "medium": 5, "high": 10}
_PLACE = ("city", "region", "country", "timezone")


def read_tools(read: Json, body: Mapping[str, Any]) -> None:
    """Put the tools of ``body``, and the choice among them, into ``read``."""
    listed, legacy = body.get("tools"), body.get("functions")
    read_all = [_read_tool(each) for each in listed] if isinstance(listed, list) else []
    if not read_all and isinstance(legacy, list):
        read_all = [_make_tool(each) for each in legacy]
    choice = body.get("tool_choice") or body.get("function_call")
    tools, mode = _choose([tool for tool in read_all if tool], choice)
    if (search := _read_search(body.get("web_search_options"))) is not None:
        tools.append(search)
    if not tools:
        return
    read["tools"] = tools
    if body.get("parallel_tool_calls") is False and mode.get("type", "auto") != "none":
        mode = {"type": "auto", **mode, "disable_parallel_tool_use": True}
    if mode:
        read["tool_choice"] = mode


def _read_tool(given: Any) -> Json | None:
    if not isinstance(given, dict):
        return None
    tool = _make_tool(given.get("function"))
    if tool is None and isinstance(custom := given.get("custom"), dict):
        # It takes any text; that of a format, too.
        schema = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
        tool = _make_tool({**custom, "parameters": schema})
    if tool is not None and given.get("cache_control") is not None:
        tool["cache_control"] = given["cache_control"]
    return tool


def _make_tool(function: Any) -> Json | None:
    if not isinstance(function, dict):
        return None
    schema = function.get("parameters")
    if not isinstance(schema, dict) or not schema:
        schema = {"type": "object", "properties": {}}
    elif "type" not in schema:
        schema = {"type": "object", **schema}
    tool = {"name": function.get("name"), "input_schema": schema}
    if function.get("description"):
        tool["description"] = function["description"]
    return tool


def _choose(tools: list[Json], choice: Any) -> tuple[list[Json], Json]:
    """The tools that may be called, and ``tool_choice``; {} where nothing is said of it."""
    if isinstance(choice, str):
        return tools, {"type": MODES[choice]} if choice in MODES else {}
    if not isinstance(choice, dict):
        return tools, {}
    allowed = choice.get("allowed_tools")
    if isinstance(allowed, dict):
        listed, mode = allowed.get("tools"), allowed.get("mode")
        names = {str(_name(each)) for each in listed} if isinstance(listed, list) else set()
        kept = [tool for tool in tools if str(tool["name"]) in names]
        return kept, {"type": MODES[mode]} if isinstance(mode, str) and mode in MODES else {}
    name = _name(choice)
    return tools, {} if name is None else {"type": "tool", "name": name}


def _name(chosen: Any) -> Any:
    """The name of the function or custom tool that an object names, with a ``type`` or, as of old, without."""
    if not isinstance(chosen, dict):
        return None
    inner = chosen.get("function") or chosen.get("custom") or chosen
    return inner.get("name") if isinstance(inner, dict) else None


def _read_search(options: Any) -> Json | None:
    if not isinstance(options, dict):
        return None
    tool: Json = {"type": "web_search_20250305", "name": "web_search"}
    size, location = options.get("search_context_size"), options.get("user_location")
    if isinstance(size, str) and size in SEARCHES:
        tool["max_uses"] = SEARCHES[size]
    place = location.get("approximate") if isinstance(location, dict) else None
    if isinstance(place, dict):
        known = {key: place[key] for key in _PLACE if isinstance(place.get(key), str) and place[key]}
        tool["user_location"] = {"type": "approximate", **known}
    return tool

"""The shorthands of content blocks, by their keys: the fields that each one has."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.scenarios.format.specs import Anything, Either, Field, Flag, ListOf, OneOrMany, Record, Text, Whole
from mockserver.scenarios.format.values import BLOCKS, OBJECT, SCALAR, STRING, WRITTEN, fields, several

_ERROR_AND_INPUT = {
    "input": Field(OBJECT, "further input of the tool, exactly as the model writes it"),
    "error": Field(STRING, "the API's error code, instead of a result"),
}


def _tool(name: str, own: Mapping[str, Field], *needed: str) -> OneOrMany:
    """A server tool: its input, and its result or error."""
    return several(Record(name, {**own, **_ERROR_AND_INPUT}, needed))


_RUN = {
    "stdout": Field(WRITTEN),
    "stderr": Field(WRITTEN),
    "return_code": Field(Whole()),
    "files": Field(ListOf(STRING, "a list of file ids"), "ids of the files it made"),
}
_THINKING = Either(
    (
        Text(written=True),
        Record("thinking", fields(thinking=STRING, signature=STRING), ("thinking",)),
    ),
    "a text or {thinking, signature}",
)
TOOL_USE = Record("tool_use", fields(name=STRING, input=OBJECT, id=STRING, caller=OBJECT), ("name",))
_TOOL_USE = Either((Text(written=True), TOOL_USE), "the name of a tool, or {name, input}")
_WEB_FETCH = {
    "url": Field(STRING),
    "title": Field(STRING),
    "text": Field(WRITTEN),
    "data": Field(STRING, "a PDF, as base64"),
    "citations": Field(OBJECT),
    "retrieved_at": Field(STRING),
}
_TEXT_EDITOR = fields(command=STRING, path=STRING, file_text=SCALAR, old_str=SCALAR, new_str=SCALAR, result=OBJECT)
_MCP = fields(server=STRING, name=STRING, result=Anything(), is_error=Flag())

# In the order in which their blocks come in a message.
SHORTHANDS: dict[str, Field] = {
    "thinking": Field(several(_THINKING), "a thinking block: a text, or `{thinking, signature}`; or a list"),
    "redacted_thinking": Field(
        several(Either((Text(written=True), Flag()), "the data, or true")),
        "the data of a block, or `true` to have some made",
    ),
    "text": Field(several(WRITTEN), "a text block, or a list of several"),
    "json": Field(Anything(), "structured output: any value, written as JSON into a text block"),
    "web_search": Field(
        _tool("web_search", fields(query=STRING, results=BLOCKS), "query"),
        "`{query, results: [{url, title, page_age, encrypted_content}]}`",
    ),
    "web_fetch": Field(
        _tool("web_fetch", _WEB_FETCH, "url"),
        "`{url, title, text}`, or `data` for a PDF; `citations`, `retrieved_at`",
    ),
    "code_execution": Field(
        _tool("code_execution", {"code": Field(STRING), **_RUN}),
        "`{code, stdout, stderr, return_code, files: [ID]}`",
    ),
    "bash_code_execution": Field(
        _tool("bash_code_execution", {"command": Field(STRING), **_RUN}),
        "`{command, stdout, stderr, return_code, files: [ID]}`",
    ),
    "text_editor_code_execution": Field(
        _tool("text_editor_code_execution", _TEXT_EDITOR, "command", "path"),
        "`{command, path, file_text, old_str, new_str, result: {…}}`",
    ),
    "tool_search": Field(
        _tool("tool_search", fields(pattern=STRING, query=STRING, tools=ListOf(STRING, "a list of tool names"))),
        "`{pattern}` or `{query}`, and the names found: `tools: [NAME]`",
    ),
    "mcp": Field(_tool("mcp", _MCP, "server", "name"), "`{server, name, input, result, is_error}`"),
    "container_upload": Field(several(STRING), "the id of a file, or a list"),
    "tool_use": Field(
        several(_TOOL_USE), "the name of a tool without arguments, `{name, input}`, or a list for parallel calls"
    ),
}

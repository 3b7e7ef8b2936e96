"""Results of code that the server runs: Python, bash, and edits of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.blocks.block import BlockType
from mockserver.blocks.server_tool_use import build_tool_form, complete_result, write_server_tool
from mockserver.blocks.shorthand import Shorthand, as_text
from mockserver.records.specs import LONG, LONG_SCALAR, OBJECT, STRING, WRITTEN, Field, ListOf, Whole, fields

_RUN: Mapping[str, Field] = {
    "stdout": Field(WRITTEN),
    "stderr": Field(WRITTEN),
    "return_code": Field(Whole()),
    "files": Field(ListOf(STRING, "a list of file ids"), "ids of the files it made"),
}
_EDIT = fields(
    command=STRING, path=STRING, file_text=LONG_SCALAR, old_str=LONG_SCALAR, new_str=LONG_SCALAR, result=OBJECT
)
_EDIT_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "view": {"file_type": "text", "content": "", "num_lines": None, "start_line": None, "total_lines": None},
    "create": {"is_file_update": False},
    "str_replace": {"lines": None, "old_start": None, "old_lines": None, "new_start": None, "new_lines": None},
}


def _write_run(kind: str) -> Callable[[Mapping[str, Any]], Any]:
    def write(item: Mapping[str, Any]) -> Any:
        if not item.keys() & {"stdout", "stderr", "return_code", "files"}:
            return None
        return {
            "type": f"{kind}_result",
            "stdout": as_text(item.get("stdout", "")),
            "stderr": as_text(item.get("stderr", "")),
            "return_code": item.get("return_code", 0),
            "content": [{"type": f"{kind}_output", "file_id": file} for file in item.get("files", ())],
        }

    return write


def _write_edit(item: Mapping[str, Any]) -> Any:
    if "result" not in item:
        return None
    kind = f"text_editor_code_execution_{item.get('command', 'view')}_result"
    return {"type": kind, **_EDIT_DEFAULTS.get(str(item.get("command", "view")), {}), **item["result"]}


def _build_type(tool: str, shorthand: Shorthand, *integers: str) -> BlockType:
    return BlockType(
        type=f"{tool}_tool_result",
        shorthands={tool: shorthand},
        complete=complete_result,
        role="assistant",
        answers="server_tool_use",
        integers=integers,
    )


def _build_run(tool: str, source: str) -> BlockType:
    """The result of a tool that runs the code in its input's field ``source``."""
    shorthand = Shorthand(
        write_server_tool(tool, f"{tool}_tool_result", _write_run(tool), [source]),
        build_tool_form(tool, {source: Field(LONG), **_RUN}),
        f"`{{{source}, stdout, stderr, return_code, files: [ID]}}`",
    )
    return _build_type(tool, shorthand, "return_code")


TYPES = (
    _build_run("code_execution", "code"),
    _build_run("bash_code_execution", "command"),
    _build_type(
        "text_editor_code_execution",
        Shorthand(
            write_server_tool(
                "text_editor_code_execution",
                "text_editor_code_execution_tool_result",
                _write_edit,
                ["command", "path", "file_text", "old_str", "new_str"],
            ),
            build_tool_form("text_editor_code_execution", _EDIT, "command", "path"),
            "`{command, path, file_text, old_str, new_str, result: {…}}`",
        ),
        *("new_lines", "new_start", "num_lines", "old_lines", "old_start", "start_line", "total_lines"),
    ),
)

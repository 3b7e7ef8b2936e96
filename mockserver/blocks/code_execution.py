"""Results of code that the server runs: Python, bash, and edits of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.blocks.block import BlockType
from mockserver.blocks.server_tool_use import complete_result, write_server_tool
from mockserver.blocks.shorthand import as_text

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


def _result(
    tool: str, write: Callable[[Mapping[str, Any]], Any], inputs: tuple[str, ...], integers: tuple[str, ...]
) -> BlockType:
    kind = f"{tool}_tool_result"
    return BlockType(
        type=kind,
        shorthands={tool: write_server_tool(tool, kind, write, inputs)},
        complete=complete_result,
        role="assistant",
        answers="server_tool_use",
        integers=integers,
    )


TYPES = (
    _result("code_execution", _write_run("code_execution"), ("code",), ("return_code",)),
    _result("bash_code_execution", _write_run("bash_code_execution"), ("command",), ("return_code",)),
    _result(
        "text_editor_code_execution",
        _write_edit,
        ("command", "path", "file_text", "old_str", "new_str"),
        ("new_lines", "new_start", "num_lines", "old_lines", "old_start", "start_line", "total_lines"),
    ),
)

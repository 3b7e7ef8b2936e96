"""Results of code that the server runs: Python, bash, and edits of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.blocks.block import BlockType
from mockserver.blocks.completion import Completion
from mockserver.blocks.server_tool_use import build_tool_form, complete_result, write_server_tool
from mockserver.blocks.shorthand import Shorthand, as_text
from mockserver.records.files import FILE_TYPE, OBJECT_ID
from mockserver.records.reply import Block
from mockserver.records.specs import (
    LONG,
    LONG_SCALAR,
    OBJECT,
    STRING,
    WRITTEN,
    Either,
    Field,
    ListOf,
    Record,
    Text,
    Whole,
    fields,
)
from mockserver.reference.media import decode

Complete = Callable[[Block, Completion], Block]

# A name as a disk has it: the API asks more of those of uploads.
_NAME = Text("a name", pattern=r"[^/\x00]{1,255}", form="a name of 1 to 255 characters without /")
_FILE = Record(
    "file",
    {
        "filename": Field(_NAME),
        "text": Field(WRITTEN, "its content"),
        "data": Field(Text(file="base64", pattern="[A-Za-z0-9+/]*={0,2}", form="base64"), "its content, as base64"),
        "mime_type": Field(FILE_TYPE, "by default as its name and its content tell"),
        "id": Field(OBJECT_ID, "by default a new one"),
    },
    ("filename",),
)
_RUN: Mapping[str, Field] = {
    "stdout": Field(WRITTEN),
    "stderr": Field(WRITTEN),
    "return_code": Field(Whole()),
    "files": Field(
        ListOf(Either((STRING, _FILE), "the id of a file, or a mapping"), "a list of files"),
        "the files it made: ids, or `{filename, text or data}` of files to be made, which can then be downloaded",
    ),
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
            "content": [_write_output(kind, file) for file in item.get("files", ())],
        }

    return write


def _write_output(kind: str, file: Any) -> Block:
    """A file that a run made, by its id; or with its content, for which completing the block gives an id."""
    return {"type": f"{kind}_output", ("file" if isinstance(file, Mapping) else "file_id"): file}


def _complete_run(block: Block, completion: Completion) -> Block:
    """Give the result the id of its use, and the files that it makes ids of their own."""
    content = block.get("content")
    outputs = content.get("content") if isinstance(content, Mapping) else None
    if isinstance(content, Mapping) and isinstance(outputs, list) and any(map(_makes_file, outputs)):
        made = [_make_file(output, completion) if _makes_file(output) else output for output in outputs]
        block = {**block, "content": {**content, "content": made}}
    return complete_result(block, completion)


def _makes_file(output: Any) -> bool:
    return isinstance(output, Mapping) and isinstance(output.get("file"), Mapping)


def _make_file(output: Block, completion: Completion) -> Block:
    file = output["file"]
    data, text = file.get("data"), as_text(file.get("text", ""))
    content = decode(data) if isinstance(data, str) else text.encode(errors="replace")
    name, kind = as_text(file.get("filename", "")), as_text(file.get("mime_type", ""))
    file_id = completion.add_file(as_text(file.get("id", "")), name, content or b"", kind)
    return {**{key: value for key, value in output.items() if key != "file"}, "file_id": file_id}


def _write_edit(item: Mapping[str, Any]) -> Any:
    if "result" not in item:
        return None
    kind = f"text_editor_code_execution_{item.get('command', 'view')}_result"
    return {"type": kind, **_EDIT_DEFAULTS.get(str(item.get("command", "view")), {}), **item["result"]}


def _build_type(tool: str, shorthand: Shorthand, *integers: str, complete: Complete = complete_result) -> BlockType:
    return BlockType(
        type=f"{tool}_tool_result",
        shorthands={tool: shorthand},
        complete=complete,
        role="assistant",
        answers="server_tool_use",
        integers=integers,
    )


def _build_run(tool: str, source: str) -> BlockType:
    """The result of a tool that runs the code in its input's field ``source``."""
    shorthand = Shorthand(
        write_server_tool(tool, f"{tool}_tool_result", _write_run(tool), [source]),
        build_tool_form(tool, {source: Field(LONG), **_RUN}),
        f"`{{{source}, stdout, stderr, return_code, files: [ID or {{filename, text}}]}}`",
    )
    return _build_type(tool, shorthand, "return_code", complete=_complete_run)


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

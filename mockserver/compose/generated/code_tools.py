"""Code execution in a generated reply: Python, bash or the text editor, with an output that suits. Nothing is run."""

from __future__ import annotations

import re
from typing import Any

import orjson

from mockserver.compose.generated import arithmetic
from mockserver.compose.generated.offered import Tool
from mockserver.compose.generated.task import ReplyTask
from mockserver.compose.generated.web_tools import make_use
from mockserver.records.reply import Block

# "code_execution_20250522" runs Python, later ones bash and a text editor.
PYTHON = "code_execution_20250522"
# So did this model also with later ones (source: recorded 2026-04, 6 of 6).
PYTHON_MODELS = ("claude-sonnet-4-20250514",)
FENCE = r"```\w*\n(.{1,4000}?)\n?```"
INLINE = r"(?i)(?:python|code|script|代码|コード)\s?[:：]\s*(`[^`\n]{1,500}`|[\w.]{1,80}\([^\n]{0,500}\))"
PRINT = r"print\((?:(?P<mark>[\"'])(?P<text>[^\"'\\{}\n]{0,500})(?P=mark)|(?P<sum>[\d\s.()+*/-]{1,200}))\)"
# A path or a name of bounded length, whole.
FILE = r"(?<![\w./-])[\w./-]{0,120}[\w-]\.[A-Za-z]\w{0,4}\b"
EDITED = r"(?i)text editor|texteditor|editor de texto|文本编辑器|テキストエディタ"
CREATED = (
    r"(?i)(?:create|make|give|provide|generate|write|save|export|produce|crea|genera|erstelle?|erzeuge?) (?:\S+ ){0,3}?"
    r"(?:(?:csv|json)[ -]?(?:file|datei)|archivo (?:csv|json))|(?:csv|json)\s?(?:文件|ファイルを)"
)
# By the end of a file's name.
CONTENTS = {"csv": "id,name\n1,alpha\n2,beta\n", "json": '{"id": 1, "name": "alpha"}\n'}
SEARCHED_LENGTH = 8_000


def run(task: ReplyTask, tool: Tool) -> list[Block]:
    """A run of code, and its output."""
    text = task.text[:SEARCHED_LENGTH]
    if tool.get("type") == PYTHON or task.model.id in PYTHON_MODELS:
        code, output, made = _write_python(task, text)
        # Since 2026-03 there is a reason for aborting, null (source: recorded).
        result = {"type": "code_execution_result", **make_output(output), "content": made, "abort_reason": None}
        return [make_use("code_execution", {"code": code}), {"type": "code_execution_tool_result", "content": result}]
    if re.search(EDITED, text) or re.search(CREATED, text):
        return _edit(task, text)
    command, output = _write_bash(task, text)
    result = {"type": "bash_code_execution_result", **make_output(output)}
    return [
        make_use("bash_code_execution", {"command": command}),
        {"type": "bash_code_execution_tool_result", "content": result},
    ]


def await_call(call: Block) -> Block:
    """A run of code that calls one of the caller's tools, and waits for its result."""
    arguments = orjson.dumps(call["input"]).decode()
    return make_use("code_execution", {"code": f"result = await {call['name']}({arguments})\nprint(result)"})


def make_output(output: str) -> dict[str, Any]:
    """The fields of the result of a run that went well."""
    return {"stdout": f"{output}\n", "stderr": "", "return_code": 0, "content": []}


def _write_python(task: ReplyTask, text: str) -> tuple[str, str, list[Block]]:
    """The code, its output, and the files that it makes."""
    if given := _find_code(text):
        return given, guess_output(task, given), []
    if re.search(CREATED, text):
        return _save(task, _find_path(text))
    if found := arithmetic.calculate(text):
        expression, value = found
        return f'result = {expression}\nprint(f"{expression} = {{result}}")', f"{expression} = {value}", []
    return "result = sum(range(10))\nprint(result)", "45", []


def _write_bash(task: ReplyTask, text: str) -> tuple[str, str]:
    if given := _find_code(text):
        return f"python3 - << 'EOF'\n{given}\nEOF", guess_output(task, given)
    if found := arithmetic.calculate(text):
        return f'python3 -c "print({found[0]})"', found[1]
    if file := re.search(FILE, text):
        return f"ls {file[0]}", file[0]
    return 'python3 -c "print(sum(range(10)))"', "45"


def _find_code(text: str) -> str | None:
    """The code that the text holds: in a fence, or behind a name of the language."""
    found = re.search(FENCE, text, re.DOTALL) or re.search(INLINE, text)
    return found[1].strip().strip("`") if found else None


def guess_output(task: ReplyTask, code: str) -> str:
    """The output of the code, where it is a plain print; else any sentence."""
    printed = re.fullmatch(PRINT, code)
    if not printed:
        return task.pick("body")
    value = printed["text"] if printed["mark"] else arithmetic.evaluate(printed["sum"])
    return task.pick("body") if value is None else value


def _find_path(text: str) -> str:
    """The path of the file that the text speaks of."""
    found = re.search(FILE, text)
    kind = next((kind for kind in CONTENTS if kind in text.lower()), None)
    return found[0] if found else f"data.{kind}" if kind else "notes.txt"


def _fill(task: ReplyTask, path: str) -> str:
    return CONTENTS.get(path.rpartition(".")[2].lower()) or task.pick("body")


def _make_file(tool: str, path: str, content: str) -> Block:
    """A file that a run made, for which completing the block gives an id."""
    return {"type": f"{tool}_output", "file": {"filename": path.rpartition("/")[2], "text": content}}


def _save(task: ReplyTask, path: str) -> tuple[str, str, list[Block]]:
    """Code that writes a file to where the tool looks for those that it made (source: recorded 2026-03)."""
    name, content = path.rpartition("/")[2], _fill(task, path)
    code = (
        f'import os\n\npath = os.path.join(os.environ["OUTPUT_DIR"], {name!r})\n'
        f'with open(path, "w") as file:\n    file.write({content!r})\nprint(f"File saved to: {{path}}")'
    )
    return code, f"File saved to: /files/output/{name}", [_make_file("code_execution", name, content)]


def _export(path: str, content: str) -> list[Block]:
    """The copy of a file to where the tool looks for those that it made (source: recorded 2025-10)."""
    made = [_make_file("bash_code_execution", path, content)]
    result = {"type": "bash_code_execution_result", "stdout": "", "stderr": "", "return_code": 0, "content": made}
    return [
        make_use("bash_code_execution", {"command": f"cp {path} $OUTPUT_DIR/{path.rpartition('/')[2]}"}),
        {"type": "bash_code_execution_tool_result", "content": result},
    ]


def _edit(task: ReplyTask, text: str) -> list[Block]:
    """A file that is created, and a look at it; one that is wanted itself can be downloaded."""
    path = _find_path(text)
    content = _fill(task, path)
    uses = [{"command": "create", "path": path, "file_text": content}, {"command": "view", "path": path}]
    results: list[Block] = [
        {"type": "text_editor_code_execution_create_result", "is_file_update": False},
        {
            "type": "text_editor_code_execution_view_result",
            "file_type": "text",
            "content": content,
            "num_lines": len(content.splitlines()),
            "start_line": 1,
            "total_lines": len(content.splitlines()),
        },
    ]
    blocks: list[Block] = []
    for use, result in zip(uses, results, strict=True):
        blocks += [
            make_use("text_editor_code_execution", use),
            {"type": "text_editor_code_execution_tool_result", "content": result},
        ]
    return [*blocks, *_export(path, content)] if re.search(CREATED, text) else blocks

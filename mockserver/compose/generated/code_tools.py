"""Code execution in a generated reply: Python, bash or the text editor, with an output that suits. Nothing is run."""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException
from typing import Any

import orjson

from mockserver.compose.generated.offered import Tool
from mockserver.compose.generated.task import ReplyTask
from mockserver.compose.generated.web_tools import make_use
from mockserver.records.reply import Block

# "code_execution_20250522" runs Python, later ones bash and a text editor.
PYTHON = "code_execution_20250522"
# So did this model also with later ones (source: recorded 2026-04, 6 of 6).
PYTHON_MODELS = ("claude-sonnet-4-20250514",)
NUMBER = r"\d{1,15}(?:\.\d{1,10})?"
SIGN = r"[-+*×x÷/]"
SIGNS = {"×": "*", "x": "*", "÷": "/"}
# A date is no subtraction.
SUM = rf"(?<![\w.])(?!\d{{4}}-\d\d-\d\d){NUMBER}(?:\s*{SIGN}\s*{NUMBER}){{1,20}}(?!\w)"
FENCE = r"```\w*\n(.{1,4000}?)\n?```"
# A path or a name of bounded length, whole.
FILE = r"(?<![\w./-])[\w./-]{0,120}[\w-]\.[A-Za-z]\w{0,4}\b"
EDITED = r"(?i)text editor|texteditor|editor de texto|文本编辑器|テキストエディタ"
SEARCHED_LENGTH = 8_000


def run(task: ReplyTask, tool: Tool) -> list[Block]:
    """A run of code, and its output."""
    text = task.text[:SEARCHED_LENGTH]
    if tool.get("type") == PYTHON or task.model.id in PYTHON_MODELS:
        code, output = _write_python(task, text)
        # Since 2026-03 there is a reason for aborting, null (source: recorded).
        result = {"type": "code_execution_result", **make_output(output), "abort_reason": None}
        return [make_use("code_execution", {"code": code}), {"type": "code_execution_tool_result", "content": result}]
    if re.search(EDITED, text):
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


def _write_python(task: ReplyTask, text: str) -> tuple[str, str]:
    if given := re.search(FENCE, text, re.DOTALL):
        return given[1], task.pick("body")
    if found := _calculate(text):
        expression, value = found
        return f'result = {expression}\nprint(f"{expression} = {{result}}")', f"{expression} = {value}"
    return "result = sum(range(10))\nprint(result)", "45"


def _write_bash(task: ReplyTask, text: str) -> tuple[str, str]:
    if given := re.search(FENCE, text, re.DOTALL):
        return f"python3 - << 'EOF'\n{given[1]}\nEOF", task.pick("body")
    if found := _calculate(text):
        return f'python3 -c "print({found[0]})"', found[1]
    if file := re.search(FILE, text):
        return f"ls {file[0]}", file[0]
    return 'python3 -c "print(sum(range(10)))"', "45"


def _calculate(text: str) -> tuple[str, str] | None:
    """The first calculation in the text, and its result."""
    found = re.search(SUM, text)
    if not found:
        return None
    numbers, signs = re.findall(NUMBER, found[0]), re.findall(SIGN, found[0])
    signs = [SIGNS.get(sign, sign) for sign in signs]
    try:
        value = _add_up([Decimal(number) for number in numbers], signs)
    except DecimalException:
        return None
    return numbers[0] + "".join(f" {sign} {number}" for sign, number in zip(signs, numbers[1:], strict=True)), value


def _add_up(numbers: list[Decimal], signs: list[str]) -> str:
    terms = numbers[:1]
    for sign, number in zip(signs, numbers[1:], strict=True):
        if sign == "*":
            terms[-1] *= number
        elif sign == "/":
            terms[-1] /= number
        else:
            terms.append(-number if sign == "-" else number)
    return f"{sum(terms, Decimal(0)).normalize():f}"


def _edit(task: ReplyTask, text: str) -> list[Block]:
    """A file that is created, and a look at it."""
    found = re.search(FILE, text)
    path, content = found[0] if found else "notes.txt", task.pick("body")
    uses = [{"command": "create", "path": path, "file_text": content}, {"command": "view", "path": path}]
    results: list[Block] = [
        {"type": "text_editor_code_execution_create_result", "is_file_update": False},
        {
            "type": "text_editor_code_execution_view_result",
            "file_type": "text",
            "content": content,
            "num_lines": 1,
            "start_line": 1,
            "total_lines": 1,
        },
    ]
    blocks: list[Block] = []
    for use, result in zip(uses, results, strict=True):
        blocks += [
            make_use("text_editor_code_execution", use),
            {"type": "text_editor_code_execution_tool_result", "content": result},
        ]
    return blocks

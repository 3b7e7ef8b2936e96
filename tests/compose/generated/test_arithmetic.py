"""Calculations are read whole or not at all, and what is said to be printed is what Python prints."""

from __future__ import annotations

import pytest

from mockserver.compose.generated import arithmetic
from tests.compose.generated.test_asking import CODE
from tests.generating import reply

READ = [
    ("what is 12 / 4 - 2 * (3+1)?", "12 / 4 - 2 * (3+1)", "-5.0"),
    ("0.1+0.2", "0.1+0.2", "0.30000000000000004"),
    ("-5 * 3", "-5 * 3", "-15"),
    ("(calculate 3*4)", "3 * 4", "12"),
    ("- 5 * 3", "5 * 3", "15"),
    ("12 / 4", "12 / 4", "3.0"),
    ("What is 2^10?", "2 ** 10", "1024"),
    ("2**10.", "2 ** 10", "1024"),
    ("3 x 4 × 5 ÷ 2", "3 * 4 * 5 / 2", "30.0"),
    ("7 // 2", "7 // 2", "3"),
    ("(1 + 2) * (3 - -4)", "(1 + 2) * (3 - -4)", "21"),
    ("3*4を計算して", "3 * 4", "12"),
    ("计算3*4等于多少", "3 * 4", "12"),
    ("計算：３＊（４＋１）", "3 * (4+1)", "15"),
    ("On 2026-11-30: 3 * 4", "3 * 4", "12"),
    (f"1{' ' * 8_000}x 2", "1 * 2", "2"),
    ("12345678901234567890 * 10", "12345678901234567890 * 10", "123456789012345678900"),
]
UNCERTAIN = [
    "Hello",
    "7",
    "1,000 * 2",
    "2 * 1,000",
    "3,5 * 2",
    "1 000 * 2",
    "3 * 4 * pi",
    "2 * pi * 3",
    "sqrt(16) + 2",
    "a + 3 * 4",
    "10 % 3 * 2",
    "5 * 4% of it",
    "3 * 4 + x",
    "007 * 2",
    "1 / 0",
    "2 ** 2 ** 2 ** 2 ** 2",
    "9999999 ** 64",
    "4 ** 0.5",
    "2 ** 65",
    "3(4) * 2",
    "2026-11-30",
    "1" * 300 + " * 2",
    "(" * 8_000,
    "1" + "-" * 8_000 + "1",
]


@pytest.mark.parametrize(("text", "expression", "value"), READ)
def test_calculation_is_worked_out_as_by_python(text: str, expression: str, value: str) -> None:
    assert arithmetic.calculate(text) == (expression, value)
    assert value == str(eval(expression))  # noqa: S307


@pytest.mark.parametrize("text", UNCERTAIN)
def test_what_is_uncertain_is_not_read(text: str) -> None:
    assert arithmetic.calculate(text) is None


@pytest.mark.parametrize("kind", ["code_execution_20250522", "code_execution_20260521"])
@pytest.mark.parametrize(
    ("asked", "code", "output"),
    [
        ("Calculate 1,000 * 2", "sum(range(10))", "45"),
        ("Calculate -5 * 3", "-5 * 3", "-15"),
        ("Run python: print(1)", "print(1)", "1"),
        ("Run this code: `print('Hello, you')`", "print('Hello, you')", "Hello, you"),
        ("Run this code:\n```python\nprint(2 / 4)\n```", "print(2 / 4)", "0.5"),
    ],
)
def test_code_and_output_agree(kind: str, asked: str, code: str, output: str) -> None:
    use, result, *_ = reply(asked, tools=[{**CODE, "type": kind}]).content
    assert code in next(iter(use["input"].values()))
    assert result["content"]["stdout"].splitlines()[-1].rpartition(" = ")[2] == output


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("Create a CSV file with two rows", "data.csv"),
        ("Write me a JSON file, a.json", "a.json"),
        ("Run code and give me a CSV file of birds", "data.csv"),
        ("Crea un archivo csv", "data.csv"),
        ("Erstelle eine CSV-Datei", "data.csv"),
        ("生成csv文件", "data.csv"),
        ("CSVファイルを作って", "data.csv"),
    ],
)
def test_file_is_created(asked: str, path: str) -> None:
    create, _, view, seen, *_ = reply(asked, tools=[CODE]).content
    assert (create["name"], create["input"]["path"]) == ("text_editor_code_execution", path)
    assert view["input"] == {"command": "view", "path": path}
    assert seen["content"]["num_lines"] == len(create["input"]["file_text"].splitlines())

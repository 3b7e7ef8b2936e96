"""Calculations in a text: read whole, or not at all, and worked out as Python works them out."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

Number = int | float

# Signs of full width stand in Chinese and Japanese texts.
SIGNS: Mapping[int, str | int] = MappingProxyType(
    {ord("×"): "*", ord("÷"): "/", 0x2212: "-", **{sign + 0xFEE0: sign for sign in b"()*+-./0123456789x^"}}
)
TIMES = r"(?<=[\d)])\s*x\s*(?=[\d(-])"
RUN = r"[-(]{0,20}\.?\d[\d.()+*/^ \t-]*"
LONGEST = 200
OPERATION = r"[\d)]\s*[-+*/^]+[\s(-]*\.?\d"
DATE = r"\d{4}-\d\d?-\d\d?(?!\d)"
# A letter, a thousands separator or another operation there: what was found is not all of it.
LETTER = r"[^\W\d\u3040-\u30ff\u3400-\u9fff]"
BEFORE = rf"(?:{LETTER}|\d|[.,]|[\w)]\s*[*/^%+]\s*|\w\s+-\s+)\Z"
BEHIND = rf"\s*(?:[*/^%]|\+\s*\w)|{LETTER}|[.,]\d|\s*-\s+\w"
LARGEST, LARGEST_POWER = 10**6, 64
OPERATORS: Mapping[type, Callable[[Number, Number], Number]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
    }
)


def calculate(text: str) -> tuple[str, str] | None:
    """The first calculation in the text, in Python, and what Python prints for it.

    None when there is none, or when it cannot be read for certain: half an expression, thousands separators, a
    division by zero.
    """
    text = re.sub(TIMES, " * ", text.translate(SIGNS))
    for found in re.finditer(RUN, text):
        if len(found[0]) > LONGEST:
            return None
        if re.search(OPERATION, found[0]) and not re.search(DATE, found[0]):
            return _read(text, found)
    return None


def evaluate(expression: str) -> str | None:
    """What Python prints for an expression of numbers; None when it is none, fails, or is too large to work out."""
    try:
        return str(_evaluate(ast.parse(expression, mode="eval").body))
    except (SyntaxError, ValueError, ArithmeticError, MemoryError, RecursionError):
        return None


def _read(text: str, found: re.Match[str]) -> tuple[str, str] | None:
    expression = _drop_unpaired(found[0].rstrip(" \t.+*/^-"))
    start = text.index(expression, found.start())
    before, behind = text[max(0, start - 20) : start], text[start + len(expression) :][:20]
    if re.search(BEFORE, before) or re.match(BEHIND, behind):
        return None
    expression = re.sub(r"\s*(\*\*|//|[*/])\s*", r" \1 ", expression.replace("^", "**"))
    value = evaluate(expression)
    return None if value is None else (expression, value)


def _drop_unpaired(expression: str) -> str:
    """The expression without parentheses of the text around it."""
    while expression.endswith(")") and expression.count(")") > expression.count("("):
        expression = expression[:-1].rstrip()
    while expression.startswith("(") and expression.count("(") > expression.count(")"):
        expression = expression[1:].lstrip()
    return expression


def _evaluate(node: ast.expr) -> Number:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value  # type: ignore[return-value]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluate(node.operand)
    if isinstance(node, ast.BinOp):
        left, right = _evaluate(node.left), _evaluate(node.right)
        if isinstance(node.op, ast.Pow):
            return _raise(left, right)
        if type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](left, right)
    raise ValueError("not a calculation with numbers")


def _raise(base: Number, exponent: Number) -> Number:
    if abs(base) > LARGEST or type(exponent) is not int or abs(exponent) > LARGEST_POWER:
        raise ValueError("too large a power")
    return base**exponent

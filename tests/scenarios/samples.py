"""Answers of one scenario, and a prompt for them."""

from __future__ import annotations

from typing import Any

from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.scenarios import Extensions, Variables, parse
from mockserver.wires import parse_fault

EXTENSIONS = Extensions(parse_fault=parse_fault)


def prompt(*results: str) -> Prompt:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Hello, mock!"}]
    if results:
        used = [{"type": "tool_use", "id": f"t{at}", "name": f"tool_{at}", "input": {}} for at in range(len(results))]
        given = [{"type": "tool_result", "tool_use_id": f"t{at}", "content": text} for at, text in enumerate(results)]
        messages += [{"role": "assistant", "content": used}, {"role": "user", "content": given}]
    body = {"model": "claude-x", "messages": messages, "metadata": {"items": [1, 2], "user_id": "u"}}
    return Prompt(body, betas=frozenset("abcdef"))


def answer(said: Any, *results: str, **values: Any) -> Answer:
    (scenario,) = parse({"name": "it", "reply": said}, "given", EXTENSIONS)
    return scenario.steps[0].answer(Variables(prompt(*results), **values))


def filled(text: str, *results: str, **values: Any) -> Any:
    """What a placeholder becomes where any value may stand."""
    return answer({"tool_use": {"name": "a", "input": {"value": text}}}, *results, **values).content[0]["input"][
        "value"
    ]

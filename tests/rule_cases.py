"""The cases of the rules across fields, as ``tests/data/rules`` has them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.pictures import file

# A case: `name`, what the caller sends (`body`: changes of the plain request, null removes; `whole`: all of it;
# `model`, `version`, `betas`, `endpoint`, `profile`, `headers`), what the server finds (`changed`, `size`, `tokens`;
# `files` by id: `type`, `content`, `size` if another one, `expires_at`, `gone`, the call comes at 100; `deleted`),
# and what the API says: nothing (accepted), or a text with its `status`, `details` and `path`.
Case = dict[str, Any]

FOLDER = Path(__file__).parent / "data" / "rules"
PLAIN = {"max_tokens": 1000, "messages": [{"role": "user", "content": "hi"}]}


def load() -> Iterator[tuple[str, Case]]:
    """The name of the rule and the case, for each case."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for rule, cases in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            yield from ((rule, case) for case in cases)


def body_of(case: Case) -> Any:
    """The body that a case sends."""
    changed = {"model": case.get("model", "claude-opus-5"), **PLAIN, **fill(case.get("body", {}))}
    body = {key: value for key, value in changed.items() if value is not None or key == "container"}
    return case.get("whole", body)


def fill(value: Any, number: int = 0) -> Any:
    """The value with its lists repeated, its numbers and its files filled in."""
    if isinstance(value, dict):
        return {key: fill(inner, number) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled for inner in value for filled in repeat(inner, number)]
    if isinstance(value, str) and re.fullmatch(r"<\w+ .*>", value):
        return b64encode(file(value[1:-1])).decode()
    return value.replace("{n}", str(number)) if isinstance(value, str) else value


def repeat(value: Any, number: int) -> list[Any]:
    """The items that one item of a list expands to."""
    if isinstance(value, dict) and "repeat" in value:
        return [fill(value["of"], index) for index in range(value["repeat"])]
    return [fill(value, number)]

"""JSON that a schema prescribes: the input of a tool, and the text for ``output_config.format``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.compose.generated.task import ReplyTask
from mockserver.records.prompt import Prompt

# Only this much of the user's text is searched for cities, numbers and choices.
SEARCHED_LENGTH = 4_000


def find_schema(prompt: Prompt) -> Mapping[str, Any] | None:
    """The schema that the answer's text must be valid for, or None."""
    config = prompt.body.get("output_config")
    wanted = config.get("format") if isinstance(config, Mapping) else None
    found = wanted.get("schema") if isinstance(wanted, Mapping) and wanted.get("type") == "json_schema" else None
    return found if isinstance(found, Mapping) else None


def make_json(task: ReplyTask, schema: Mapping[str, Any]) -> str:
    """Compact JSON valid for ``schema``; ``{}`` when nothing is valid for it."""
    return orjson.dumps(make_value(task, schema)).decode()


def make_value(task: ReplyTask, schema: Mapping[str, Any], *, share: float = 1.0) -> Any:
    """A value valid for ``schema`` with about ``share`` of its optional properties; ``{}`` when nothing is valid."""
    # Most replies are plain text: they do not wait for this.
    from mockserver.compose.generated import values

    hints = values.Hints(task.text[:SEARCHED_LENGTH], task.topic, lambda: task.pick("body"))
    try:
        return values.make(schema, task.rng, hints, share=share)
    except values.UnsatisfiableError:
        return {}

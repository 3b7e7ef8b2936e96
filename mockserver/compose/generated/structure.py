"""The text of a reply that must be JSON: valid for ``output_config.format``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.call import Prompt
from mockserver.compose.generated import values
from mockserver.compose.generated.flattening import UnsatisfiableError
from mockserver.compose.generated.strings import Hints
from mockserver.compose.generated.task import Task

# So much of the user's text is searched for cities, numbers and choices.
LOOKED_AT = 4_000


def schema(prompt: Prompt) -> Mapping[str, Any] | None:
    """The schema that the answer's text must be valid for, or None."""
    config = prompt.body.get("output_config")
    wanted = config.get("format") if isinstance(config, Mapping) else None
    found = wanted.get("schema") if isinstance(wanted, Mapping) and wanted.get("type") == "json_schema" else None
    return found if isinstance(found, Mapping) else None


def write(task: Task, schema: Mapping[str, Any]) -> str:
    """Compact JSON valid for ``schema``; ``{}`` when nothing is valid for it."""
    try:
        return orjson.dumps(values.make(schema, task.rng, hints(task))).decode()
    except UnsatisfiableError:
        return "{}"


def hints(task: Task) -> Hints:
    """The words that values are made of."""
    return Hints(task.text[:LOOKED_AT], task.topic, lambda: task.say("body"))

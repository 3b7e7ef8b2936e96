"""Further attempts at a declined request: its fallback models, and the parameters that each of them gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.records.prompt import Prompt
from mockserver.reference.catalog import Model

Entry = Mapping[str, Any]
# The most entries that the API takes; with --validation off there may be more.
MOST = 3


def list_entries(prompt: Prompt, model: Model) -> list[Entry]:
    """The entries of ``fallbacks``, in their order; for "default" the first target of ``model`` in the catalogue.

    What is no entry, which only ``--validation`` warn and off let through, is passed over. Source: documented,
    server-side fallback, 2026-06-01 (lists) and 2026-07-01, both API versions; that "default" stands for the first
    target is inferred: the API's choice, by model and category, is not published.
    """
    given = prompt.body.get("fallbacks")
    if given == "default":
        return [{"model": name} for name in model.fallbacks[:1]]
    entries = given if isinstance(given, list) else []
    return [each for each in entries if isinstance(each, Mapping) and isinstance(each.get("model"), str)][:MOST]


def make_attempt(prompt: Prompt, entry: Entry, model: Model) -> Prompt:
    """The prompt as ``model`` gets it, with what ``entry`` sets for this attempt alone.

    Source: the SDK's types (2.14), under server-side-fallback-2026-07-01; taken to hold under 2026-06-01 too.
    """
    body = {**prompt.body, "model": entry["model"]}
    for key, choose in PARAMETERS.items():
        value = choose(prompt.body.get(key), entry, model)
        if value is None:
            body.pop(key, None)
        else:
            body[key] = value
    return replace(prompt, body=body, is_fallback=True)


def _choose_limit(asked: Any, entry: Entry, _: Model) -> Any:
    own = entry.get("max_tokens")
    return own if isinstance(own, int) else asked


def _choose_thinking(asked: Any, entry: Entry, model: Model) -> Mapping[str, Any] | None:
    """The entry's own, else the request's where the model supports its type, else the model's default."""
    own = entry.get("thinking")
    if isinstance(own, Mapping):
        return own
    if not isinstance(asked, Mapping):
        return None
    if "thinking" not in entry and asked.get("type") in model.thinking:
        return asked
    if "thinking" not in entry and asked.get("type") == "between_tools" and "disabled" in model.thinking:
        return {"type": "disabled"}
    # "The request's `thinking.display` still applies where `model` allows it."
    is_shown = "display" in asked and model.thinking_default != "off"
    return {"type": "adaptive", "display": asked["display"]} if is_shown else None


def _choose_output(asked: Any, entry: Entry, model: Model) -> Mapping[str, Any] | None:
    """Both, "combined one field at a time"; null leaves a field out, or all of them."""
    own = entry.get("output_config", {})
    if not isinstance(own, Mapping):
        return None
    inherited = asked if isinstance(asked, Mapping) else {}
    usable = {key: value for key, value in inherited.items() if key != "effort" or value in model.effort}
    return {key: value for key, value in {**usable, **own}.items() if value is not None} or None


def _choose_speed(asked: Any, entry: Entry, model: Model) -> Any:
    """The entry's own, else fast where the request asks for it and the model can; a request without speed has none."""
    own = entry.get("speed")
    if own is not None or asked is None:
        return own
    return "fast" if asked == "fast" and "speed" not in entry and model.fast == "yes" else "standard"


# For each parameter that an entry may set: a function that returns the value the fallback model gets, or None for none.
PARAMETERS: Mapping[str, Callable[[Any, Entry, Model], Any]] = {
    "max_tokens": _choose_limit,
    "thinking": _choose_thinking,
    "output_config": _choose_output,
    "speed": _choose_speed,
}

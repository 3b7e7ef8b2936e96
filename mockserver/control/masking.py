"""Masks secrets in what the control interface answers, the words of scenarios among it: as values, and in YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace

from mockserver.control.requests import ControlRequest
from mockserver.records.call import Call
from mockserver.records.masks import HIDDEN, Scrubber, is_secret, is_secret_path

# A name and its plain or quoted value, on one line; not one that is filled in, or names a variable.
_NAMED = re.compile(
    r"""(?P<name>[\w-]+)(?P<colon>["']?:[ \t]+)"""
    r"""(?P<value>"[^"\n]+"|'[^'\n]+'|[^\s"'{}\[\],&*|>#][^\s,{}\[\]]*)"""
)
# Letters and digits of a glob from which on it tells something of a secret.
_TELLING = 8


def make_scrubber(call: Call, known: Sequence[str] = ()) -> Scrubber:
    """Masks the secrets of a call of the control interface, and those known. The session in its query is a name."""
    if "session" in call.query:
        pairs = parse_qsl(call.query, keep_blank_values=True)
        call = replace(call, query=urlencode([(name, value) for name, value in pairs if name != "session"]))
    return Scrubber(call, tuple(known))


def hide_secrets(when: Mapping[str, Any]) -> Mapping[str, Any]:
    """The words of a condition without the values that it wants where secrets stand: keys, headers, fields."""
    return _hide(when, is_hidden=False, found=[])  # type: ignore[no-any-return]  # a mapping stays one


def list_secrets(when: Any) -> list[str]:
    """The values that ``hide_secrets`` hides."""
    found: list[str] = []
    _hide(when, is_hidden=False, found=found)
    return found


def _hide(value: Any, *, is_hidden: bool, found: list[str]) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _hide(below, is_hidden=is_hidden or _names_secret(str(key)), found=found)
            for key, below in value.items()
        }
    if isinstance(value, list | tuple):
        return [_hide(each, is_hidden=is_hidden, found=found) for each in value]
    if not is_hidden or value is None or isinstance(value, bool) or _is_short_glob(str(value)):
        return value
    found.append(str(value))
    return HIDDEN


def _is_short_glob(text: str) -> bool:
    """Whether a text such as ``sk-*`` tells hardly anything of what it fits."""
    return ("*" in text or "?" in text) and sum(map(str.isalnum, text)) < _TELLING


@lru_cache(maxsize=4096)
def _names_secret(name: str) -> bool:
    """Whether a key of a condition, a header, or a path in a body leads to a secret; the names of sessions are none."""
    return name != "session" and (is_secret(name) or is_secret_path(name))


def mask_words(request: ControlRequest, text: str, secrets: Sequence[str] = ()) -> str:
    """A text in YAML with these secrets masked, those of the server, what looks like one or stands at its name."""
    known = (*request.settings.own_secrets, *secrets)
    return _NAMED.sub(_mask_named, make_scrubber(request.call, known).text(text))


def _mask_named(found: re.Match[str]) -> str:
    is_plain = "{{" in found["value"] or HIDDEN in found["value"] or "…" in found["value"]
    if is_plain or not ("-" in found["name"] or "_" in found["name"]) or not is_secret(found["name"]):
        return found[0]
    return f"{found['name']}{found['colon']}{HIDDEN}"

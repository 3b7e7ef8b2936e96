"""Masks secrets in the words of scenarios, which are YAML."""

from __future__ import annotations

import re

from mockserver.control.requests import ControlRequest
from mockserver.records.masks import HIDDEN, Scrubber, is_secret

# A name and its plain or quoted value, on one line; not one that is filled in, or names a variable.
_NAMED = re.compile(
    r"""(?P<name>[\w-]+)(?P<colon>["']?:[ \t]+)"""
    r"""(?P<value>"[^"\n]+"|'[^'\n]+'|[^\s"'{}\[\],&*|>#][^\s,{}\[\]]*)"""
)


def mask_words(request: ControlRequest, text: str) -> str:
    """A text in YAML with what looks like a secret, stands at the name of one, or is one of the server, masked."""
    return _NAMED.sub(_mask_named, Scrubber(request.call, request.settings.own_secrets).content(text))


def _mask_named(found: re.Match[str]) -> str:
    is_plain = "{{" in found["value"] or HIDDEN in found["value"] or "…" in found["value"]
    if is_plain or not ("-" in found["name"] or "_" in found["name"]) or not is_secret(found["name"]):
        return found[0]
    return f"{found['name']}{found['colon']}{HIDDEN}"

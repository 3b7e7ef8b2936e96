"""The page of an exported session: one file with its style, its script and its data, which asks nobody for anything."""

from __future__ import annotations

import html
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256

from mockserver.control.page import read_file
from mockserver.records.terminal import escape_line

# Nothing but this style and this script counts, and no text can become markup.
_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_GAP = re.compile(rb"\{(policy|title|style|data|script)\}")
# Whatever could end the element with the data, or a line of a script; in JSON all of it stands in texts alone.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def make_page(document: bytes, title: str) -> bytes:
    """The page that shows a document of ``exporting.make_document``; the title may hold no secret."""
    parts = {**_read_parts(), "title": html.escape(escape_line(title)).encode(), "data": _escape(document)}
    return _GAP.sub(lambda found: parts[found[1].decode()], read_file("report.html"))


@cache
def _read_parts() -> dict[str, bytes]:
    script, style = read_file("report.js"), read_file("app.css")
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    return {"script": script, "style": style, "policy": policy.encode()}


def _hash(content: bytes) -> str:
    return f"sha256-{b64encode(sha256(content).digest()).decode()}"


def _escape(document: bytes) -> bytes:
    for character, escape in _ESCAPES.items():
        document = document.replace(character.encode(), escape.encode())
    return document

"""The inspector: the page at ``/_mock/`` and its files, which ``make ui`` builds from ``ui/``."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from pathlib import Path
from urllib.parse import quote

from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError
from mockserver.records.call import Call
from mockserver.records.delivery import Headers

FOLDER = Path(__file__).with_name("inspector")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
# Nothing but the page's own files runs or is asked for, nothing may frame it, and no text can become markup.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# What may stand in a query as it is.
_IN_QUERY = "%&=+$,/:;?@!'()*~-._"
_SAFE: Headers = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
)


def show_page(_: ControlRequest) -> ControlResponse:
    """The page. Its nonce lets the editor have a style sheet of its own; each answer has another."""
    nonce = secrets.token_urlsafe(16)
    body = read_file("index.html").replace(b"{nonce}", nonce.encode())
    headers = (("content-security-policy", _POLICY.format(nonce=nonce)), *_SAFE)
    return ControlResponse(body, headers=headers, media_type="text/html; charset=utf-8")


def show_file(request: ControlRequest) -> ControlResponse:
    """A file of the page. A browser keeps it, and asks each time whether it is still the same."""
    name = request.parameters["file"]
    if name not in list_files():
        raise RefusalError(404, f"The inspector has no file {name[:80]!r}.", list(list_files()))
    body, etag = read_file(name), _make_etag(name)
    headers = (*_SAFE, ("cache-control", "no-cache"), ("etag", etag))
    if _is_known(request.call.headers.get("if-none-match", ""), etag):
        return ControlResponse(b"", 304, headers)
    return ControlResponse(body, headers=headers, media_type=_TYPES[Path(name).suffix])


def lacks_slash(call: Call) -> bool:
    """Whether the call is for the page, by an address from which its files would not be found."""
    return call.path.endswith("/_mock") and "/_mock/" not in call.path


def add_slash(call: Call) -> ControlResponse:
    """The way to the page, with the query. It is relative, since something may stand before the path."""
    query = "?" + quote(call.query, _IN_QUERY) if call.query else ""
    return ControlResponse(b"", 307, (("location", "_mock/" + query),))


@cache
def list_files() -> tuple[str, ...]:
    """The names of the page's files."""
    return tuple(sorted(path.name for path in FOLDER.iterdir() if path.suffix in _TYPES))


@cache
def read_file(name: str) -> bytes:
    """The content of a built file, read once."""
    return (FOLDER / name).read_bytes()


@cache
def _make_etag(name: str) -> str:
    return f'"{hashlib.sha256(read_file(name)).hexdigest()[:32]}"'


def _is_known(condition: str, etag: str) -> bool:
    """Whether a client has what is asked for already: its tags may be marked as weak."""
    tags = [tag.strip().removeprefix("W/") for tag in condition.split(",")]
    return etag in tags or tags == ["*"]

"""The inspector: the page at ``/_mock/`` and its files, which ``make ui`` builds from ``ui/``."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path

from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError
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
    """A file of the page."""
    name = request.parameters["file"]
    if name not in list_files():
        raise RefusalError(404, f"The inspector has no file {name[:80]!r}.", list(list_files()))
    return ControlResponse(read_file(name), headers=_SAFE, media_type=_TYPES[Path(name).suffix])


@cache
def list_files() -> tuple[str, ...]:
    """The names of the page's files."""
    return tuple(sorted(path.name for path in FOLDER.iterdir() if path.suffix in _TYPES))


@cache
def read_file(name: str) -> bytes:
    """The content of a built file, read once."""
    return (FOLDER / name).read_bytes()

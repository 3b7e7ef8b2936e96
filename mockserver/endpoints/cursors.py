"""The page tokens of lists that answer with ``next_page``: opaque, and each tells by itself where to go on.

Such lists take ``limit`` and ``page`` (source: the SDK's types, 2.14.0; "prefixed ``page_``").
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from mockserver.endpoints.paging import Query
from mockserver.records.errors import ApiError, Finding

_PREFIX = "page_"
_POSITION = re.compile(r"[a-z]+:(-?\d{1,18})(?::(.*))?", re.DOTALL)


def make_token(kind: str, position: int, name: str | None = None) -> str:
    """The token of the page behind a position in the list of a kind, such as the number of an object.

    ``name`` is that of the object, in a list by name: the next page is found by it when the object is gone.
    """
    data = urlsafe_b64encode((f"{kind}:{position}" if name is None else f"{kind}:{position}:{name}").encode())
    return _PREFIX + data.decode().rstrip("=")


def read_token(kind: str, query: Query) -> int | None:
    """The position behind which a page begins; None: at the beginning of the list.

    Raises:
        ApiError: as ``read_place`` does.
    """
    place = read_place(kind, query)
    return None if place is None else place[0]


def read_place(kind: str, query: Query) -> tuple[int, str | None] | None:
    """The position behind which a page begins, and the name there, if the token has one; None: at the beginning.

    Raises:
        ApiError: 400, the token is none that this list gave (source of the text: none known).
    """
    if "page" not in query:
        return None
    token = query["page"][-1]
    text = _decode(token.removeprefix(_PREFIX)) if token.startswith(_PREFIX) else ""
    found = _POSITION.fullmatch(text)
    if found is None or not text.startswith(f"{kind}:"):
        raise ApiError(Finding("page: Invalid page token", "list.page", "ours, docs/files.md"))
    return int(found[1]), found[2]


def _decode(text: str) -> str:
    try:
        return urlsafe_b64decode(f"{text}{'=' * (-len(text) % 4)}").decode()
    except ValueError:
        return ""

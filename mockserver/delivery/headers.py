"""Merges headers with those that a script adds."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.records.delivery import Headers


def merge_headers(headers: Headers, extra: Mapping[str, str]) -> Headers:
    """Put the ``extra`` headers in place of those of the same name, new ones at the end; names become lower-case.

    Raises:
        ValueError: a value holds half a surrogate pair, which has no bytes.
    """
    added = {name.lower(): value for name, value in extra.items()}
    for name, value in added.items():
        name.encode("latin-1")
        value.encode()
    merged = [(name, added.pop(name, value)) for name, value in headers]
    return (*merged, *added.items())

"""Addresses of stores as they may be shown."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from mockserver.records.masks import HIDDEN


def show_address(store: str) -> str:
    """A URL of a store without its password."""
    parts = urlsplit(store)
    login, at, host = parts.netloc.rpartition("@")
    user = login.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}:{HIDDEN}@{host}" if at else host))

"""Checks of the settings of a server, each with what it expected and what came."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path
from typing import Any

from mockserver.records.masks import show_value
from mockserver.records.moments import is_lifetime

# What a store keeps until there is no room.
ALWAYS = "always"
# Stands for the store in the memory of the process.
MEMORY = "memory"
# What the URL of an engine begins with, on which several machines keep one store: with an s for TLS.
ENGINES = ("valkey://", "valkeys://", "redis://", "rediss://")


def check_keys(keys: tuple[str, ...]) -> None:
    """An empty key, as a variable of a shell that is not set gives, would let nobody in."""
    if not all(map(str.strip, keys)):
        raise ValueError("api_keys: expected keys, got an empty text")


def check_prefix(prefix: str) -> str:
    """A prefix as paths begin with it, without a slash at its end."""
    path = prefix.rstrip("/")
    if not re.fullmatch(r"(/[^/\s?#%]+)+", path) or path == "/v1" or f"{path}/".startswith(("/_mock/", "/_session/")):
        raise ValueError(
            "prefixes: expected a path such as /anthropic, other than /v1, /_mock and /_session, "
            f"got {show_value(prefix)}"
        )
    return path


def check_origins(origins: tuple[str, ...]) -> None:
    """Origins as browsers send them: scheme, host, perhaps a port, and nothing behind."""
    for origin in origins:
        if origin not in ("*", "null") and not re.fullmatch(r"[^:/]+://[^/]+", origin):
            raise ValueError(
                f"allowed_origins: expected an origin such as https://app.example, got {show_value(origin)}"
            )


def check_token(token: object, *, off: object) -> None:
    """A token that fits into a header and a query. A wrong one is not repeated: messages are logged."""
    if not isinstance(token, str) or not re.fullmatch("[!-~]*", token):
        raise ValueError("control_token: expected letters, digits and signs of ASCII without spaces")
    if not isinstance(off, bool):
        raise TypeError(f"no_control_token: expected True or False, got {show_value(off)}")
    if token and off:
        raise ValueError("no_control_token: expected no control_token beside it, got both; leave one out")


def is_engine(store: str) -> bool:
    """Whether a store is on an engine, which its URL names, not in memory or in a folder."""
    return store.lower().startswith(ENGINES)


def check_store(value: object) -> str:
    if isinstance(value, str) and is_engine(value):
        return value
    store = check_path("store", value)
    if not store or "\0" in store:
        raise ValueError(f"store: expected {MEMORY}, a folder, or valkey://HOST, got {show_value(store)}")
    return store


def check_keep(keep: object) -> None:
    if keep != ALWAYS and not is_lifetime(keep):
        raise ValueError(f"keep: expected a time such as 30s, 12h or 7d, or {ALWAYS}, got {show_value(keep)}")


def check_record(value: object, mode: str, *, reload: object) -> str:
    record = check_path("record", value)
    if record and mode != "none" and reload:
        raise ValueError("record: expected no reload beside it: a cassette that is being written would be loaded again")
    return record


def check_gateway(value: object, profile: str) -> str:
    """A gateway that may be: the strict profile is that of the API itself."""
    gateway = check_path("gateway", value)
    if gateway and profile != "relay":
        raise ValueError(f"gateway: expected profile relay beside it, got {show_value(profile)}")
    return gateway


def check_path(name: str, value: object) -> str:
    if not isinstance(value, (str, PathLike)):
        raise TypeError(f"{name}: expected a path, got {show_value(value)}")
    return str(value)


def check_folder(name: str, value: object) -> str:
    """A folder that is there, or none."""
    folder = check_path(name, value)
    if folder and ("\0" in folder or not Path(folder).is_dir()):
        raise ValueError(f"{name}: there is no folder {show_value(folder)}")
    return folder


def check_type(name: str, kind: type | tuple[type, ...], wanted: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(f"{name}: expected {wanted}, got {show_value(value)}")


def check_texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (tuple, list)) or not all(isinstance(each, (str, PathLike)) for each in value):
        # A key that was given without its list is not repeated.
        got = type(value).__name__ if name == "api_keys" else show_value(value)
        raise TypeError(f"{name}: expected a tuple or list of texts, got {got}")
    return tuple(map(str, value))

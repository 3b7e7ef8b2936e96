"""Prefixes of paths: which the server knows, and what a client did that asks below another one."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.records.call import SESSION_PATH, Call
from mockserver.records.settings import Settings

VERSION = "/v1/"
# The paths that clients add to a base URL which has the version already.
_BARE = ("/messages/", "/models/", "/chat/completions/")


def cut_prefix(call: Call, settings: Settings) -> Call:
    """The call with its path behind the prefix; as it is where any prefix may stand before the API's paths."""
    if settings.any_prefix:
        return call
    path = _cut(call.path, call.root)
    prefix = max((each for each in settings.prefixes if _is_below(path, each)), key=len, default="")
    return replace(call, local_path=_cut(path, prefix))


def find_path(call: Call) -> str:
    """The path that routes are looked up by, without a slash at its end.

    Where any prefix may stand before it, it begins with the last version. A session is no prefix: one that is still
    there stands in a wrong place, and its requests must not go to another.
    """
    if call.local_path is not None:
        return call.local_path.rstrip("/")
    path = call.path
    if path == "/v1/messages":
        return path
    prefix, version, rest = path.rstrip("/").rpartition(VERSION)
    return path if SESSION_PATH in f"{prefix}/" else version + rest


def explain(call: Call) -> str:
    """What is wrong with the base URL of a client that asks for this path, which the server has not; "" if nothing."""
    path = call.api_path
    if SESSION_PATH in path:
        return f"{path}: {SESSION_PATH}NAME begins a base URL, before any prefix; NAME is not empty and holds no slash"
    if f"{path}/".startswith(_BARE) and VERSION not in path:
        return f"{path}: this client adds no /v1 to its base URL; write it there"
    prefix, version, _ = path.rpartition(VERSION)
    if call.local_path is None or not version or path.startswith(f"{VERSION}models/"):
        return ""
    if prefix.endswith("/v1"):
        return f"{path}: the base URL of the client ends with /v1; leave it out"
    if prefix.strip("/"):
        whole, _, _ = _cut(call.path, call.root).rpartition(VERSION)
        return (
            f"{path}: the API is not below {whole}; leave {prefix} out of the base URL of the client, "
            f"or serve with --prefix {whole}"
        )
    return f"{path}: the base URL of the client ends with a slash; leave it out" if prefix else ""


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _cut(path: str, prefix: str) -> str:
    return (path[len(prefix) :] or "/") if prefix and _is_below(path, prefix) else path

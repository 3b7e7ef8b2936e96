"""Requests to the control interface, its responses, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import orjson
from msgspec import Struct

from mockserver.control.services import Services
from mockserver.records.call import Call
from mockserver.records.depth import is_too_deep
from mockserver.records.masks import label
from mockserver.records.settings import Settings
from mockserver.store import JournalReader, Store

SESSION = (
    "a session: the header x-mock-session, the query parameter session, or the key of the client under test "
    "(x-api-key or Authorization)"
)


class RefusalError(Exception):
    """The caller's mistake. ``expected`` says what to do instead; ``more`` is further detail for the error object."""

    def __init__(self, status: int, message: str, expected: object = None, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, **({"expected": expected} if expected else {}), **more}


class NestingError(RefusalError):
    """The body is nested too deeply."""

    def __init__(self) -> None:
        super().__init__(400, "This is nested too deeply.", "a few hundred levels")


class ControlResponse(Struct, frozen=True):
    """A response: a JSON value, or JSON bytes as they are."""

    value: Any
    status: int = 200


class ControlRequest(Struct, frozen=True, dict=True):
    """A control request, and the parts of the server. ``parameters`` are those of its path."""

    call: Call
    parameters: Mapping[str, str]
    settings: Settings
    store: Store
    journal: JournalReader
    services: Services

    @cached_property
    def query(self) -> dict[str, str]:
        """The query parameters; of one given twice the last."""
        return dict(parse_qsl(self.call.query, keep_blank_values=True))

    @cached_property
    def session(self) -> str | None:
        """The name of the session that the request is about, or None for all."""
        given = self.call.headers.get("x-mock-session") or self.query.get("session") or self.call.key
        return self.find_session(given) if given else None

    @property
    def label(self) -> str:
        """The request's session as it may be shown."""
        return "all" if self.session is None else self.label_of(self.session)

    def session_in(self, body: Mapping[str, Any]) -> str | None:
        """The session that the body names, else the request's.

        Raises:
            RefusalError: the body's is no name.
        """
        given = body.get("session")
        if given is None:
            return self.session
        if not isinstance(given, str):
            raise RefusalError(400, f"session is {kind_of(given)}.", "the name of a session")
        return self.find_session(given)

    def find_session(self, given: str) -> str:
        """The session of that name, or the one that is shown under that name because its own is a key.

        Raises:
            RefusalError: several are shown so.
        """
        sessions = self.store.sessions
        names = sessions.names()
        if given in names:
            return given
        found = [name for name in names if sessions.label(name) == given]
        if len(found) > 1:
            message = f"{len(found)} sessions are shown as {given!r}: their keys end alike."
            raise RefusalError(
                400, message, "the whole key, in x-api-key; or keys that differ in their last characters"
            )
        return found[0] if found else given

    def label_of(self, name: str) -> str:
        """A session as it may be shown: by the name given in the request, or by its label, since its name may be a
        key."""
        return mask_name(name) if self._names(name) else self.store.sessions.label(name)

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions that the request is about: the one named, if it exists, else all."""
        return tuple(name for name in self.store.sessions.names() if self.session in (None, name))

    def needed_session(self) -> str:
        """The request's session, made when it is new.

        Raises:
            RefusalError: none was named.
        """
        if self.session is None:
            raise RefusalError(400, "This needs a session.", SESSION)
        self.store.sessions.touch(self.session)
        if self._names(self.session) and mask_name(self.session) == self.session:
            self.store.sessions.reveal(self.session)
        return self.session

    def object(self, *keys: str) -> dict[str, Any]:
        """The body, a JSON object with no other keys than these; an empty body is an empty object.

        Raises:
            RefusalError: it is something else.
        """
        if not self.call.body.strip():
            return {}
        body = self.json()
        if not isinstance(body, dict):
            raise RefusalError(400, f"The body is {kind_of(body)}.", "a JSON object")
        check_keys(body, keys)
        return body

    def json(self) -> Any:
        """The body parsed.

        Raises:
            RefusalError: it is no JSON, or too deep.
        """
        try:
            body = orjson.loads(self.call.body)
        except orjson.JSONDecodeError as error:
            raise RefusalError(400, f"The body is not JSON: {error}", "a JSON body") from error
        if is_too_deep(body):
            raise NestingError
        return body

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """A query parameter that is a whole number.

        Raises:
            RefusalError: it is none.
        """
        given = self.query.get(name)
        if given is None:
            return default
        if not (given.isascii() and given.isdigit() and len(given) < 16):
            raise RefusalError(400, f"{name} is {given[:40]!r}.", "a whole number, 0 or more")
        return min(int(given), most) if most is not None else int(given)

    def _names(self, session: str) -> bool:
        """Whether the request names the session, instead of leading to it by a key."""
        return session in (self.call.headers.get("x-mock-session"), self.query.get("session"))


def mask_name(name: str) -> str:
    """A session's name as given in a request, masked when it looks like a key."""
    return label(name) if name.startswith("sk-") else name


def check_keys(given: Mapping[str, Any], known: tuple[str, ...], where: str = "") -> None:
    """Refuse unknown keys.

    Raises:
        RefusalError: there is one.
    """
    for key in given:
        if key not in known:
            from difflib import get_close_matches  # for mistakes only

            near = get_close_matches(key, known, n=1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise RefusalError(400, f"Unknown key {key[:80]!r}{where}.{meant}", list(known))


def kind_of(value: Any) -> str:
    """The kind of a JSON value, in words."""
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")

"""Requests to the control interface, its responses and its refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import orjson
from msgspec import Struct

from mockserver.control.services import Services
from mockserver.records.call import Call
from mockserver.records.delivery import Headers
from mockserver.records.depth import is_too_deep
from mockserver.records.masks import show_session
from mockserver.records.settings import Settings
from mockserver.records.suggesting import find_similar
from mockserver.store import JournalReader, Store

SESSION = (
    "a session: the header x-mock-session, the query parameter session, a path that begins with /_session/NAME/_mock/, "
    "or the key of the client under test (x-api-key or Authorization)"
)
# The words for true and false in a query.
FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_ROOT = "/_mock/"


class RefusalError(Exception):
    """A request refused for the caller's mistake.

    ``expected`` says what to send instead; ``headers`` are added to the answer's, ``more`` fields to the error object.
    """

    def __init__(
        self, status: int, message: str, expected: object = None, *, headers: Headers = (), **more: object
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.error = {"message": message, **({"expected": expected} if expected else {}), **more}


class NestingError(RefusalError):
    """The body is nested too deeply."""

    def __init__(self) -> None:
        super().__init__(400, "This is nested too deeply.", "a few hundred levels")


class ControlResponse(Struct, frozen=True):
    """A response: a JSON value, or bytes as they are. ``headers`` are added to those every response has.

    ``is_masked`` spares a value without secrets another search for them. ``feed`` is that of a delivery.
    """

    value: Any
    status: int = 200
    headers: Headers = ()
    is_masked: bool = False
    media_type: str = "application/json"
    feed: Callable[[], bytes] | None = None


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
        """The query parameters.

        Raises:
            RefusalError: one is given twice.
        """
        query: dict[str, str] = {}
        for name, value in parse_qsl(self.call.query, keep_blank_values=True):
            if name in query:
                raise RefusalError(400, f"The query has {name[:80]!r} twice.", "each parameter once")
            query[name] = value
        return query

    @cached_property
    def session(self) -> str | None:
        """The name of the session that the request is about, or None for all."""
        name = self.call.headers.get("x-mock-session") or self.query.get("session") or self.call.key
        return self.find_session(name) if name else None

    @property
    def label(self) -> str:
        """The name to show for the request's session."""
        return "all" if self.session is None else self.label_of(self.session)

    def find_session_in(self, body: Mapping[str, Any]) -> str | None:
        """The session that the body names, or the request's when it names none.

        Raises:
            RefusalError: the value in the body is no name.
        """
        name = body.get("session")
        if name is None:
            return self.session
        if not isinstance(name, str):
            raise RefusalError(400, f"session is {kind_of(name)}.", "the name of a session")
        return self.find_session(name)

    def find_session(self, name: str) -> str:
        """The session of that name, or the one with that label (a session whose name is a key is shown by its label).

        Raises:
            RefusalError: several sessions have that label.
        """
        sessions = self.store.sessions
        if sessions.exists(name):
            return name
        found = [each for each in sessions.names() if sessions.label(each) == name]
        if len(found) > 1:
            message = f"{len(found)} sessions are shown as {name!r}: their keys end alike."
            raise RefusalError(
                400, message, "the whole key, in x-api-key; or keys that differ in their last characters"
            )
        return found[0] if found else name

    def label_of(self, name: str) -> str:
        """The name to show for a session: the one in the request, else its label, since its own name may be a key."""
        return show_session(name) if self._is_named(name) else self.store.sessions.label(name)

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions that the request is about: the one named, if it exists, else all."""
        if self.session is None:
            return self.store.sessions.names()
        return (self.session,) if self.store.sessions.exists(self.session) else ()

    def require_session(self) -> str:
        """The request's session; a new one is created.

        Raises:
            RefusalError: none was named.
        """
        if self.session is None:
            raise RefusalError(400, "This needs a session.", SESSION)
        self.store.sessions.touch(self.session)
        if self._is_named(self.session) and show_session(self.session) == self.session:
            self.store.sessions.reveal(self.session)
        return self.session

    def read_object(self, *keys: str) -> dict[str, Any]:
        """The body, a JSON object with no other keys than these; an empty body is an empty object.

        Raises:
            RefusalError: it is something else.
        """
        if not self.call.body.strip():
            return {}
        body = self.read_json()
        if not isinstance(body, dict):
            raise RefusalError(400, f"The body is {kind_of(body)}.", "a JSON object")
        check_keys(body, keys)
        return body

    def read_json(self) -> Any:
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

    def read_number(self, name: str, default: int, most: int | None = None) -> int:
        """A query parameter that is a whole number.

        Raises:
            RefusalError: it is no whole number.
        """
        text = self.query.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise RefusalError(400, f"{name} is {text[:40]!r}.", "a whole number, 0 or more")
        return min(int(text), most) if most is not None else int(text)

    def read_flag(self, name: str) -> bool:
        """A query parameter that is true or false; false when it is not given.

        Raises:
            RefusalError: it is neither.
        """
        text = self.query.get(name, "false")
        if text.lower() not in FLAGS:
            raise RefusalError(400, f"{name} is {text[:40]!r}.", "true or false")
        return FLAGS[text.lower()]

    def _is_named(self, session: str) -> bool:
        """Whether the request gives this name itself, instead of a key that belongs to the session."""
        return session in (self.call.headers.get("x-mock-session"), self.query.get("session"))


def find_local_path(path: str) -> str:
    """The path as the routes have it: without what stands before ``/_mock/``, and without slashes at its end."""
    return _ROOT + path.partition(_ROOT)[2].rstrip("/")


def check_keys(mapping: Mapping[str, Any], known: tuple[str, ...], where: str = "") -> None:
    """Refuse unknown keys.

    Raises:
        RefusalError: there is one.
    """
    for key in mapping:
        if key not in known:
            near = find_similar(key, known)
            meant = f" Did you mean {near!r}?" if near else ""
            raise RefusalError(400, f"Unknown key {key[:80]!r}{where}.{meant}", list(known))


def kind_of(value: Any) -> str:
    """The kind of a JSON value, in words."""
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")

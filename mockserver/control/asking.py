"""A question to the control interface, what it may be answered, and how it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import orjson
from msgspec import Struct

from mockserver.control.hooks import Hooks
from mockserver.records.call import Call
from mockserver.records.masks import label
from mockserver.store import Session, State

SESSION = (
    "a session: the header x-mock-session, the query parameter session, or the key of the client under test "
    "(x-api-key or Authorization)"
)


class RefusalError(Exception):
    """The asker's mistake. ``expected`` says what to do instead; ``more`` is further detail for the error object."""

    def __init__(self, status: int, message: str, expected: object = None, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, **({"expected": expected} if expected else {}), **more}


class Said(Struct, frozen=True):
    """An answer: a JSON value, or JSON bytes as they are."""

    value: Any
    status: int = 200


class Asked(Struct, frozen=True, dict=True):
    """A control request. ``name`` is the variable part of its path."""

    call: Call
    state: State
    hooks: Hooks
    name: str = ""

    @cached_property
    def query(self) -> dict[str, str]:
        """The query parameters; of one given twice the last."""
        return dict(parse_qsl(self.call.query, keep_blank_values=True))

    @cached_property
    def session(self) -> str | None:
        """The name of the session asked about, or None for all."""
        given = self.call.headers.get("x-mock-session") or self.query.get("session") or self.call.key
        return self.named(given) if given else None

    @property
    def label(self) -> str:
        """The session asked about as it may be shown."""
        return "all" if self.session is None else self.label_of(self.session)

    def session_in(self, body: Mapping[str, Any]) -> str | None:
        """The session that the body names, else the one asked about.

        Raises:
            RefusalError: what stands there is no name.
        """
        given = body.get("session")
        if given is None:
            return self.session
        if not isinstance(given, str):
            raise RefusalError(400, f"session is {kind_of(given)}.", "the name of a session")
        return self.named(given)

    def named(self, given: str) -> str:
        """The session of that name, or that is shown under that name because its own is a key.

        Raises:
            RefusalError: several are shown so.
        """
        if self.state.peek(given) is not None:
            return given
        found = [session.name for session in self.state.sessions() if session.label == given]
        if len(found) > 1:
            message = f"{len(found)} sessions are shown as {given!r}: their keys end alike."
            raise RefusalError(
                400, message, "the whole key, in x-api-key; or keys that differ in their last characters"
            )
        return found[0] if found else given

    def label_of(self, name: str) -> str:
        """How a session is shown: as it was asked for, or by its label, since its name may be a key."""
        if name in (self.call.headers.get("x-mock-session"), self.query.get("session")):
            return shown(name)
        session = self.state.peek(name)
        return session.label if session else label(name)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions asked about: the one named, if it exists, else all."""
        return tuple(session for session in self.state.sessions() if self.session in (None, session.name))

    def needed_session(self) -> Session:
        """The session asked about, made when it is new.

        Raises:
            RefusalError: none was named.
        """
        if self.session is None:
            raise RefusalError(400, "This needs a session.", SESSION)
        session = self.state.session(self.session, self.call.at)
        if self.session in (self.call.headers.get("x-mock-session"), self.query.get("session")):
            session.chosen = session.chosen or shown(self.session) == self.session
        return session

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
            RefusalError: it is no JSON.
        """
        try:
            return orjson.loads(self.call.body)
        except orjson.JSONDecodeError as error:
            raise RefusalError(400, f"The body is not JSON: {error}", "a JSON body") from error

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


def shown(name: str) -> str:
    """A session's name as given by the asker, unless it looks like a key."""
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
    """What a JSON value is, in words."""
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")

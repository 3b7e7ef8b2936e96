"""Functions of the user that answer prompts."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from mockserver.records.errors import Place

# Seconds that a function has for an answer, unless the settings say otherwise.
TIMEOUT = 10.0


class Function(Struct, frozen=True, eq=False):
    """A function ``(prompt) -> answer``, sync or async, its name, and the line where it begins."""

    call: Callable[[Any], Any]
    name: str
    place: Place

    def __repr__(self) -> str:
        return f"the function {self.name}"


class OutOfTimeError(Exception):
    """A function did not answer in time."""


class GoneError(Exception):
    """A function is not there any more; the text says why that may be."""


def describe_function(call: Callable[[Any], Any], near: Place) -> Function:
    """The record of a function.

    Args:
        call: the function, or any other object that can be called.
        near: where it was given, for one that has no line of its own.
    """
    inner: Any = call
    while isinstance(inner, partial):
        inner = inner.func
    with suppress(ValueError):  # wrapped in a circle
        inner = inspect.unwrap(inner)
    name = getattr(inner, "__name__", None) or type(inner).__name__
    code = getattr(inner, "__code__", None) or getattr(type(inner).__call__, "__code__", None)
    place = near if code is None else Place(shorten_path(code.co_filename), code.co_firstlineno)
    return Function(call, str(name), place)


def shorten_path(file: str) -> str:
    """A path as it is shown: from the current directory on where it is below it."""
    path, cwd = Path(file), Path.cwd()
    return str(path.relative_to(cwd) if path.is_relative_to(cwd) else path)

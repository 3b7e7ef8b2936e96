"""Finds the line of a test that called this package, and ends tracebacks there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from mockserver.records.errors import Place, ScenarioError
from mockserver.records.functions import shorten_path

P = ParamSpec("P")
T = TypeVar("T")

OURS = str(Path(__file__).parent)


def find_caller() -> Place:
    """File and line of the call into this package, the file shortened to the current directory."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    return Place(shorten_path(frame.f_code.co_filename), frame.f_lineno)


def raise_at_call(method: Callable[P, T]) -> Callable[P, T]:
    """Raise mistakes in a method's arguments as if in the call itself: pytest shows none of our lines."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        try:
            return method(*args, **kwargs)
        except (ScenarioError, ValueError) as error:
            raise error.with_traceback(None) from None

    return call

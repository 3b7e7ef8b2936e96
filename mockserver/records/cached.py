"""Properties whose value is computed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class lazy_property(Generic[T]):  # noqa: N801  reads like property
    """As ``functools.cached_property``, but without its lock, which until Python 3.12 costs more than most values."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, instance: Any, owner: type) -> T:
        if instance is None:
            return self  # type: ignore[return-value]  # read from the class, as documentation tools do
        value = instance.__dict__[self.name] = self.compute(instance)
        return value

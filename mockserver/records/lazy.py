"""Values worked out when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801  reads like property
    """As ``functools.cached_property``, but without the lock that costs more than most values before Python 3.12."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work = work
        self.name = work.__name__
        self.__doc__ = work.__doc__

    def __get__(self, instance: Any, owner: type) -> T:
        if instance is None:
            return self  # type: ignore[return-value]  # asked of the class, as documentation tools do
        value = instance.__dict__[self.name] = self.work(instance)
        return value

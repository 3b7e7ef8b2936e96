"""The wire formats by name. A new one is a folder beside ``messages`` and its name here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from mockserver.wires.wire import Wire


class Wires(Mapping[str, Wire]):
    """Wire formats by name. One is imported when it is first asked for: most servers speak the Messages wire alone."""

    def __init__(self, *names: str) -> None:
        self.known: dict[str, Wire | None] = dict.fromkeys(names)

    def __getitem__(self, name: str) -> Wire:
        """The format, which is ``WIRE`` in the module ``wire`` of its folder."""
        wire = self.known[name]
        if wire is None:
            wire = self.known[name] = import_module(f"mockserver.wires.{name}.wire").WIRE
        return wire

    def __contains__(self, name: object) -> bool:
        return name in self.known

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


WIRES = Wires("messages", "chat")

"""The bodies that are still being received, bounded in the bytes of all together."""

from __future__ import annotations

from collections import OrderedDict


class Body:
    """A body of which a part has come. ``is_dropped`` says that it had to make room: what came of it is gone."""

    __slots__ = ("data", "is_dropped")

    def __init__(self) -> None:
        self.data = bytearray()
        self.is_dropped = False


class UnfinishedBodies:
    """All bodies that are being received. Nobody waits for another: where there is no room, one is dropped.

    That is one of those which hold at least half the mean of all, and of these the one on which nothing came for
    longest: a client that has stopped sending keeps nobody out, and small bodies are left alone. The bodies of clients
    that send one after another never meet.

    Args:
        most: bytes of all together.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        # Those on which something came last are last.
        self._bodies: OrderedDict[int, Body] = OrderedDict()

    @property
    def held(self) -> int:
        """The bytes of all together."""
        return self._held

    def begin(self) -> Body:
        """A new body."""
        body = Body()
        self._bodies[id(body)] = body
        return body

    def extend(self, body: Body, piece: bytes) -> None:
        """Add what came of a body, if it was not dropped."""
        if body.is_dropped:
            return
        body.data += piece
        self._held += len(piece)
        self._bodies.move_to_end(id(body))
        while self._held > self._most:
            self._drop_one()

    def end(self, body: Body) -> None:
        """The body is whole, or its client has gone."""
        if self._bodies.pop(id(body), None) is not None:
            self._held -= len(body.data)

    def _drop_one(self) -> None:
        least = self._held / len(self._bodies) / 2
        dropped = next(body for body in self._bodies.values() if len(body.data) >= least)
        self.end(dropped)
        dropped.data, dropped.is_dropped = bytearray(), True

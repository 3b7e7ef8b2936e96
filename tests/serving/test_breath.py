"""A long answer in many pieces leaves the event loop to others, although none of its writes waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from mockserver.records.delivery import Delivery, Piece
from mockserver.serving.client import BREATH, Client
from mockserver.serving.sending import send

PIECES = 20 * BREATH


def test_others_have_their_turn_between_the_pieces() -> None:
    bodies: list[bytes] = []
    turns: list[int] = []

    async def write(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            bodies.append(message["body"])

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def take_turns() -> None:
        while len(bodies) < PIECES:
            turns.append(len(bodies))
            await asyncio.sleep(0)

    async def run() -> None:
        client = Client(receive, write)
        other = asyncio.ensure_future(take_turns())
        delivery = Delivery(200, (), tuple(Piece(b"%d" % number) for number in range(PIECES)))
        await send(delivery, client.write, client.sleep)
        await other

    asyncio.run(run())
    assert bodies == [b"%d" % number for number in range(PIECES)]
    assert len(turns) >= PIECES // BREATH

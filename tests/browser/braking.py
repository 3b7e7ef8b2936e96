"""Answers that stop half-way, until a test has seen what it wanted to see of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mockserver.serving.client import Client

Sleep = Callable[[Client, float | None, asyncio.Future[None] | None], Awaitable[bool]]


class Brake:
    """Holds answers where their pace lets them wait the next time but so many, until they are released."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._is_released = False

    def release(self) -> None:
        """Let them go on at their pace."""
        self._is_released = True

    async def sleep(self, sleep: Sleep, client: Client, seconds: float | None) -> bool:
        """Wait at least so long; True as soon as the client has gone away."""
        self._steps -= 1
        while self._steps < 0 and not self._is_released:
            if await sleep(client, 0.01, None):
                return True
        return await sleep(client, seconds, None)


def apply(monkeypatch: pytest.MonkeyPatch, steps: int) -> Brake:
    """Brake all answers of this test."""
    brake, sleep = Brake(steps), Client.sleep

    async def brake_or_sleep(client: Client, seconds: float | None, until: asyncio.Future[None] | None = None) -> bool:
        if until is None and seconds:
            return await brake.sleep(sleep, client, seconds)
        return await sleep(client, seconds, until)

    monkeypatch.setattr(Client, "sleep", brake_or_sleep)
    return brake

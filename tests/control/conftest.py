"""Control interfaces with different pasts."""

from __future__ import annotations

import pytest

from tests.control.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def visited() -> Desk:
    desk = Desk()
    for text in ("weather in Oslo", "hello", "weather in Rome"):
        desk.receive(text)
    desk.receive("weather elsewhere", session="other")
    return desk

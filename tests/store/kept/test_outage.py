"""What is told at the console when the store cannot be written."""

from __future__ import annotations

import pytest

from mockserver.store.errors import StoreFailedError, StoreGoneError
from mockserver.store.kept.outage import Outage


@pytest.mark.parametrize(
    ("lost", "error", "lines"),
    [(0, StoreGoneError("gone"), 0), (1, StoreGoneError("gone"), 1), (0, StoreFailedError("full"), 1)],
)
def test_engine_that_is_gone_is_told_of_elsewhere(
    caplog: pytest.LogCaptureFixture, lost: int, error: StoreFailedError, lines: int
) -> None:
    outage = Outage()
    for _ in range(2):
        outage.note_failure(lost, error)
    assert len(caplog.records) == lines

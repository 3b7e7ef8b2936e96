"""The same few thousand attacks in each run."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from random import Random

import pytest

from tests.fuzz.targets import TARGETS, Target, targets

# Cases of each target, in parts that run side by side.
PARTS, CASES = 4, 150


@pytest.fixture(scope="module")
def all_targets() -> Iterator[dict[str, Target]]:
    with targets() as found:
        yield found


def does_harm(target: Target, name: str, number: int) -> bool:
    """Whether an attack does harm; ``python -m tests.fuzz --start NUMBER NAME`` begins with the same one."""
    try:
        target(Random(f"{name} {number}"))
    except Exception:
        traceback.print_exc()
        return True
    return False


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", [*TARGETS, "wire"])
def test_attacks_do_no_harm(
    all_targets: dict[str, Target], name: str, part: int, caplog: pytest.LogCaptureFixture
) -> None:
    harm = [number for number in range(part * CASES, (part + 1) * CASES) if does_harm(all_targets[name], name, number)]
    assert not harm, "numbers of the cases"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]

"""Requests that may take long are answered in a thread beside the event loop, so that others are answered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from mockserver.records.call import Call
from mockserver.serving.service import CONTROL, Exchange

# Bytes of a body from which answering may take long. Scenarios sent to a running server take longer for each byte.
LARGE, LARGE_CONTROL = 256 * 1024, 8 * 1024
# What reads the whole journal may take long without a body.
READERS = (f"{CONTROL}requests", f"{CONTROL}verify")


def is_heavy(call: Call) -> bool:
    """Whether answering a request may take long: it has a large body, or reads the journal."""
    size = len(call.body)
    if not call.path.startswith(CONTROL):
        return size > LARGE
    return size > LARGE_CONTROL or call.path.startswith(READERS)


class HeavyWorker:
    """Answers requests in a thread of its own, one after the other: the bodies of several are not in memory at once."""

    async def run(self, answer: Callable[[Call], Exchange], call: Call) -> Exchange:
        """Answer a request while the event loop goes on."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, answer, call)

    @cached_property
    def _executor(self) -> ThreadPoolExecutor:
        # Most servers never need it. Its thread ends with it.
        return ThreadPoolExecutor(1, "mockserver-heavy")

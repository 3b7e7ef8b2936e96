"""Notices of changes in folders, from the operating system. Alone in knowing watchfiles.

They are a help, not a promise: a folder that was replaced is watched no longer, and there may be no watching at all.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from contextlib import suppress

from mockserver.records.masks import show_line

# Milliseconds: how long changes are gathered, and how often they are looked for.
DEBOUNCE, STEP = 50, 25


class FolderNotices:
    """Sets an event when something changes in folders.

    Args:
        changed: the event.
    """

    def __init__(self, changed: asyncio.Event) -> None:
        self._changed = changed
        self._folders: Mapping[str, object] = {}
        self._task: asyncio.Task[None] | None = None
        self._told = False

    def follow(self, folders: Mapping[str, object]) -> None:
        """Watch these folders from now on, each with what tells it from another one in its place."""
        if folders != self._folders:
            self.stop()
            self._folders = folders
            self._task = asyncio.ensure_future(self._watch(list(folders))) if folders else None

    def stop(self) -> None:
        """Watch nothing."""
        if self._task is not None:
            self._task.cancel()
        self._task, self._folders = None, {}

    async def _watch(self, folders: list[str]) -> None:
        try:
            from watchfiles import awatch

            changes = awatch(*folders, debounce=DEBOUNCE, step=STEP, recursive=False, watch_filter=None)
            async for _ in changes:
                self._changed.set()
        except FileNotFoundError:
            # One of them has gone since: what is there instead is found by the next look.
            self._folders = {}
        except Exception as error:
            # Whatever the library fails with, changes are found without it.
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            told = f"mockserver: changes are not notified here ({show_line(reason)}): files are looked at instead"
            with suppress(OSError, ValueError):  # the console may be gone
                print(told, file=sys.stderr, flush=True)

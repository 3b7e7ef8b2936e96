"""The folder in which the workers of a server share their store, when none is given: of one server alone."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "mockserver-workers-"
# Seconds after which a folder that no server holds is left over: it was made that long ago, and not taken since.
LEFT_OVER = 60.0


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that only its owner reads, removed in the end. One that a killed server left is removed now."""
    from mockserver.store.sqlite.holdings import is_in_use

    for folder in _find_own(Path(tempfile.gettempdir())):
        if not is_in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _find_own(parent: Path) -> Iterator[Path]:
    """The folders of this user that were made some time ago."""
    for path in parent.glob(f"{PREFIX}*"):
        try:
            found = path.lstat()
        except OSError:
            continue
        is_own = stat.S_ISDIR(found.st_mode) and (not hasattr(os, "getuid") or found.st_uid == os.getuid())
        if is_own and time.time() - found.st_mtime > LEFT_OVER:
            yield path

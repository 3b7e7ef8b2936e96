"""Files that are there as a whole, or not at all, whenever somebody reads them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def find_free(path: Path) -> Path:
    """A path beside another that no file has: ``NAME-2.yaml``, ``NAME-3.yaml`` and so on."""
    number = 2
    while (beside := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return beside


def replace_file(path: Path, data: bytes) -> None:
    """Write a file as a whole: whoever reads it at any time reads the former one or the new one.

    Raises:
        OSError: it cannot be written; the former one is still there.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def append_file(path: Path, data: bytes) -> None:
    """Write data behind that of a file, and see that it is on the disk.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    size = path.stat().st_size
    try:
        with path.open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        os.truncate(path, size)
        raise


def write_body(path: Path, content: bytes | Path) -> None:
    """Write a large body, or copy the file that has it, into a file of its own.

    Raises:
        OSError: it cannot be written.
    """
    if path == content:
        return
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        replace_file(path, content)
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        shutil.copyfile(content, beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise

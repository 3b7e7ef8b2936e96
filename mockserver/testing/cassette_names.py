"""Where the cassette of a test is: by its marker, else by its own name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import pytest

# Characters of a name of a test that its file may have; longer names are cut.
_UNSAFE, _MOST = re.compile(r"[^A-Za-z0-9_.-]+"), 100


def find_path(item: pytest.Item, marks: list[pytest.Mark], folder: str) -> Path:
    """The file of a test: that of the nearest marker with a path, from the folder of the test file; else
    ``FOLDER/MODULE/NAME.yaml``.
    """
    named = next((mark.args[0] for mark in marks if mark.args and isinstance(mark.args[0], (str, os.PathLike))), None)
    if named is not None:
        return resolve(item, named)
    redact = next((mark.kwargs["redact"] for mark in marks if "redact" in mark.kwargs), ())
    name = make_name(item.nodeid.partition("::")[2], (redact,) if isinstance(redact, str) else redact)
    return resolve(item, folder) / item.path.stem / f"{name}.yaml"


def resolve(item: pytest.Item, path: str | os.PathLike[str]) -> Path:
    """A path that starts at the folder of a test file: the same for all that mean the same file."""
    return Path(os.path.normpath(item.path.parent / path))


def make_name(test: str, redact: Iterable[str] = ()) -> str:
    """The name of the file of a test, from what stands behind the module in its node id.

    Secrets in its parameters, and what ``redact`` finds in them, are taken out. What no file system takes is replaced;
    a digest tells apart parameters that are the same then, also where a file system does not tell apart large letters
    and small ones.
    """
    function, bracket, parameters = test.partition("[")
    function, parameters = function.replace("::", "."), parameters.removesuffix("]")
    shown = f"{function}-{_take_out(parameters, redact)}" if bracket else function
    name = _UNSAFE.sub("_", shown)[:_MOST].strip(".")
    if name == (f"{function}-{parameters}" if bracket else function) and parameters == parameters.lower():
        return name
    return f"{name}-{blake2b(test.encode('utf-8', 'replace'), digest_size=4).hexdigest()}"


def _take_out(parameters: str, redact: Iterable[str]) -> str:
    from mockserver.recordings.redacting import make_rules, redact_text

    try:
        return redact_text(parameters, make_rules(redact))
    except (TypeError, ValueError):  # a mistake of the marker, which the test will tell
        return redact_text(parameters, make_rules(()))

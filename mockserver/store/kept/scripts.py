"""Lists of scripts as they are kept: scripts without their texts, and what becomes of a list that is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from mockserver.store.memory.data import weigh_scripts
from mockserver.store.scripts import Document, Script, TooManyScriptsError

# Removed scripts of a session that are still found by their id, for the journal's sake; the oldest go first.
MOST_REMOVED = 1000
T = TypeVar("T")


class StoredScript(Struct, Generic[T], frozen=True, array_like=True):
    """A script without its texts, and the names of these: that of its document, then those of the appended ones."""

    script: Script
    texts: tuple[T, ...]


def list_documents(script: Script) -> tuple[Document, ...]:
    """The document of a script, then those that were appended."""
    return (script.document, *script.more)


def strip(script: Script) -> Script:
    """The script without its texts."""
    return fill(script, [""] * (1 + len(script.more)))


def fill(script: Script, texts: Sequence[str]) -> Script:
    """The script with these texts, in the order of its documents."""
    # Documents that are filled already are shared.
    first, *more = (
        each if each.text is text else replace(each, text=text)
        for each, text in zip(list_documents(script), texts, strict=True)
    )
    return replace(script, document=first, more=tuple(more))


def check_room(
    before: Sequence[Script], removed: Sequence[Script], added: Sequence[Script], most: int, room: int
) -> None:
    """Raises TooManyScriptsError where there would be more than ``most``, or more than ``room`` bytes."""
    if len(before) + len(added) > most:
        raise TooManyScriptsError(len(before))
    if weigh_scripts((*before, *removed)) + weigh_scripts(added) > room:
        names = {script.name for script in added}
        kept = [script for script in before if script.name not in names]
        if weigh_scripts([*kept, *added]) > room:
            raise TooManyScriptsError(weigh_scripts(before), "bytes of scenarios")


def identify(scripts: Sequence[Script], last: int, file: str) -> tuple[Script, ...]:
    """The scripts with an id each, up to ``last``; a document without a file gets this one."""
    identified = []
    for number, script in enumerate(scripts, last - len(scripts) + 1):
        document = script.document if script.document.file else replace(script.document, file=file)
        identified.append(replace(script, id=number, first_id=number, document=document))
    return tuple(identified)


def put_in_front(before: Sequence[Script], added: Sequence[Script], *, before_defaults: bool) -> tuple[Script, ...]:
    """The list with scripts in front, in the place of those of the same names; see ``ScriptStore.add``."""
    names = {script.name for script in added}
    rest = tuple(script for script in before if script.name not in names)
    at = _first_default(rest) if before_defaults and all(script.is_default for script in added) else 0
    return (*rest[:at], *added, *rest[at:])


def cut_removed(removed: dict[int, Script], most: int) -> list[Script]:
    """Let the scripts removed first go, of more than may be kept; returns them."""
    dropped, left = [], weigh_scripts(tuple(removed.values()))
    while removed and (len(removed) > MOST_REMOVED or left > most):
        oldest = removed.pop(next(iter(removed)))
        dropped.append(oldest)
        # Other scripts of the same document may be held on: rather too many go than too few.
        left -= len(oldest.document.text)
    return dropped


def _first_default(scripts: Sequence[Script]) -> int:
    """The place of the first script that fits every request; behind all others when there is none."""
    return next((at for at, script in enumerate(scripts) if script.is_default), len(scripts))

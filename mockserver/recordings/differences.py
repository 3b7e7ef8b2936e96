"""The first difference between two canonical forms: its path, and both values in the lines of a diff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

ABSENT = "(nothing)"
# Characters of a line, of those before the first one that differs, and lines of context.
_LONGEST, _BEFORE, _CONTEXT = 160, 60, 2
Align = Callable[[str, str], str]


class Difference(Struct, frozen=True):
    """The first place where a request is not the recorded one: its path, and both values as text.

    ``context`` are the lines before, where both are texts that begin with the same lines.
    """

    path: str
    recorded: str
    came: str
    context: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [*(f"  {line}" for line in self.context), f"- {self.recorded}", f"+ {self.came}"]
        return "\n".join([f"not as recorded at {self.path}", *lines])


def find_first(recorded: Any, came: Any, path: str = "", align: Align = lambda _, came: came) -> Difference | None:
    """The first difference of two values; None when there is none.

    Args:
        recorded: the value that was recorded.
        came: the one that is held against it.
        path: where both are.
        align: given both texts, the second one with what may differ as the first one has it.
    """
    if isinstance(recorded, str) and isinstance(came, str):
        return _compare_texts(recorded, align(recorded, came), path)
    if isinstance(recorded, Mapping) and isinstance(came, Mapping):
        return _compare_mappings(recorded, came, path, align)
    if isinstance(recorded, Sequence) and isinstance(came, Sequence) and not isinstance(recorded, str):
        return _compare_lists(recorded, came, path, align)
    is_same = type(recorded) is type(came) and recorded == came
    return None if is_same else Difference(path, show(recorded), show(came))


def show(value: Any) -> str:
    """A value in one line, cut."""
    return _cut(orjson.dumps(value).decode(), 0)


def _compare_mappings(
    recorded: Mapping[str, Any], came: Mapping[str, Any], path: str, align: Align
) -> Difference | None:
    # What is asked says more than with which parameters.
    for key in sorted({*recorded, *came}, key=lambda key: (key not in _FIRST, key)):
        below = f"{path}.{key}" if path else key
        if key not in recorded or key not in came:
            return Difference(below, _show_below(recorded, key), _show_below(came, key))
        found = find_first(recorded[key], came[key], below, align)
        if found is not None:
            return found
    return None


_FIRST = frozenset(("method", "path", "messages", "type"))


def _show_below(value: Mapping[str, Any], key: str) -> str:
    return show(value[key]) if key in value else ABSENT


def _compare_lists(recorded: Sequence[Any], came: Sequence[Any], path: str, align: Align) -> Difference | None:
    names = [_list_names(recorded), _list_names(came)]
    if all(names) and set(names[0]) != set(names[1]):
        return _compare_names(names[0], names[1], path)
    for number, pair in enumerate(zip(recorded, came, strict=False)):
        found = find_first(*pair, f"{path}[{number}]", align)
        if found is not None:
            return found
    if len(recorded) == len(came):
        return None
    at = min(len(recorded), len(came))
    values = [
        f"{_count(each)}, [{at}] is {show(each[at])}" if len(each) > at else _count(each) for each in (recorded, came)
    ]
    return Difference(path, values[0], values[1])


def _count(items: Sequence[Any]) -> str:
    return f"{len(items)} item{'' if len(items) == 1 else 's'}"


def _list_names(items: Sequence[Any]) -> list[str]:
    """The names of tools; nothing where the items have none."""
    names = [item.get("name") if isinstance(item, Mapping) else None for item in items]
    return [str(name) for name in names] if all(isinstance(name, str) for name in names) else []


def _compare_names(recorded: Sequence[str], came: Sequence[str], path: str) -> Difference:
    """The names that only one of the lists has."""
    missing = [name for name in recorded if name not in came]
    extra = [name for name in came if name not in recorded]
    return Difference(
        path,
        _cut(f"{', '.join(missing)}: missing" if missing else "none is missing", 0),
        _cut(f"{', '.join(extra)}: not recorded" if extra else "none besides", 0),
    )


def _compare_texts(recorded: str, came: str, path: str) -> Difference | None:
    if recorded == came:
        return None
    lines = recorded.split("\n"), came.split("\n")
    pairs = zip(*lines, strict=False)
    row = next((row for row, (one, other) in enumerate(pairs) if one != other), min(map(len, lines)))
    one, other = [each[row] if row < len(each) else None for each in lines]
    at = _find_differing(one or "", other or "")
    context = tuple(_cut(line, 0) for line in lines[0][max(0, row - _CONTEXT) : row])
    shown = [ABSENT if each is None else _cut(each, at) for each in (one, other)]
    return Difference(path, shown[0], shown[1], context)


def _find_differing(one: str, other: str) -> int:
    """Where two texts begin to differ."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _cut(text: str, at: int) -> str:
    """A text around a character, without its far ends."""
    start = max(0, at - _BEFORE) if len(text) > _LONGEST else 0
    end = start + _LONGEST
    return ("\u2026" if start else "") + text[start:end] + ("\u2026" if end < len(text) else "")

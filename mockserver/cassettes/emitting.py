"""Writes YAML that people like to read: short values on one line, long texts as they are, the rest quoted.

What is written reads back as the same value, whatever its texts hold. There are no anchors and no tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

# Columns of a line, where its value can be broken.
WIDTH = 110
# Levels of lists and mappings that may stand on one line.
_MOST_FLOW_LEVELS = 3

# A text that needs no quotes, also within brackets: it begins with a letter, and nothing in it means something to YAML.
# Paths and times are such texts, too.
_PLAIN = re.compile(r"(?:[^\W\d]|/)[\w ./()!'+-]*(?<! )|\d+(?:\.\d+)?m?s")
# The same behind a key or a dash, where brackets and commas say nothing.
_PLAIN_ALONE = re.compile(r"(?:[^\W\d]|/)(?:[^\s:#]|:(?=\S)|(?<=\S)#| (?!#))*(?<![ :])")
# Words that are no texts for some reader of YAML.
_TAKEN = frozenset(["true", "false", "yes", "no", "on", "off", "null", "none", "nan", "inf", "y", "n"])
# Characters that YAML cannot hold as they are, or that nobody sees: controls, half characters, marks of direction, line
# ends of Unicode, the mark of byte order.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
# What a block cannot hold for sure: spaces at the end of a line, which editors remove, tabs at its beginning.
_LOOSE = re.compile(r"[ \t]$|^\t|^[ ]+$", re.MULTILINE)


def emit(value: Any, indent: int = 0) -> str:
    """A mapping or a list as a block of lines, each ending with a line end, at a column."""
    return "".join([f"{line}\n" if line.strip() else "\n" for line in _list_lines(value, indent)])


def quote(text: str) -> str:
    """A text on one line, in quotes where it needs them."""
    return text if _is_plain(text) else _escape(text)


def _is_plain(text: str, form: re.Pattern[str] = _PLAIN) -> bool:
    return form.fullmatch(text) is not None and text.lower() not in _TAKEN and not _UNSEEN.search(text)


def _escape(text: str) -> str:
    written = orjson.dumps(text, default=str).decode()
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _list_lines(value: Any, indent: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _list_entry(f"{' ' * indent}{quote(str(key))}:", below, indent)
    else:
        for item in value:
            yield from _list_item(item, indent)


def _list_item(item: Any, indent: int) -> Iterator[str]:
    """The lines of an item of a list: what is a block begins behind the dash."""
    dash = f"{' ' * indent}-"
    if isinstance(item, Mapping | list) and item and _fit(item, len(dash) + 1) is None:
        lines = _list_lines(item, indent + 2)
        yield f"{dash} {next(lines)[indent + 2 :]}"
        yield from lines
    else:
        yield from _list_entry(dash, item, indent)


def _list_entry(head: str, value: Any, indent: int) -> Iterator[str]:
    """The lines of a value behind ``head``, its key or a dash, which stands at ``indent``."""
    if isinstance(value, str):
        yield from _list_text(head, value, indent + 2)
    elif (line := _fit(value, len(head) + 1)) is not None:
        yield f"{head} {line}"
    else:
        yield head
        yield from _list_lines(value, indent + 2)


def _fit(value: Any, column: int) -> str | None:
    """A value on one line, if that is short; what is no list or mapping always."""
    line = _flow(value)
    if not isinstance(value, Mapping | list) or not value:
        return line
    is_short = line is not None and column + len(line) <= WIDTH and _count_levels(value) <= _MOST_FLOW_LEVELS
    return line if is_short else None


def _flow(value: Any) -> str | None:
    """A value on one line; None when a text in it has several lines."""
    if isinstance(value, Mapping):
        pairs = [(quote(str(key)), _flow(below)) for key, below in value.items()]
        return None if any(below is None for _, below in pairs) else f"{{{', '.join(f'{k}: {v}' for k, v in pairs)}}}"
    if isinstance(value, list | tuple):
        items = [_flow(item) for item in value]
        return None if None in items else f"[{', '.join(map(str, items))}]"
    if isinstance(value, str):
        return None if "\n" in value else quote(value)
    return _write_number(value)


def _write_number(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    written = repr(value)
    # YAML 1.1 takes 1e+16 for a text.
    return (
        written.replace("e", ".0e") if isinstance(value, float) and "e" in written and "." not in written else written
    )


def _count_levels(value: Any) -> int:
    below: Sequence[Any] = []
    if isinstance(value, Mapping):
        below = [*value.values()]
    elif isinstance(value, list | tuple):
        below = value
    else:
        return 0
    return 1 + max(map(_count_levels, below), default=0)


def _list_text(head: str, text: str, indent: int) -> Iterator[str]:
    """The lines of a text: on one line, as a block, folded at its spaces, or in quotes, a line of it on each line."""
    margin = " " * indent
    is_short = len(head) + len(text) < WIDTH
    if _UNSEEN.search(text) or "\t" in text or _LOOSE.search(text) or text.endswith("\n\n") or not text.strip():
        yield from _list_quoted(head, text, margin)
    elif "\n" in text:
        # A block whose first line begins with a space, or is empty, must say where its lines begin.
        mark = "2" if text[0] in " \n" else ""
        yield f"{head} |{mark}{'' if text.endswith(chr(10)) else '-'}"
        yield from [f"{margin}{line}" if line else "" for line in text.removesuffix("\n").split("\n")]
    elif is_short or "  " in text or text[0] == " ":
        yield f"{head} {text if _is_plain(text, _PLAIN_ALONE) else _escape(text)}"
    else:
        yield f"{head} >-"
        yield from [f"{margin}{line}" for line in _wrap(text, WIDTH - indent)]


def _list_quoted(head: str, text: str, margin: str) -> Iterator[str]:
    r"""A text in quotes. A backslash at the end of a line takes back the line end, one before a space keeps that."""
    lines = text.split("\n")
    lines = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    if len(lines) < 2:
        yield f"{head} {_escape(text)}"
        return
    written = [_escape(line)[1:-1] for line in lines]
    written = [written[0], *[f"\\{line}" if line[0] == " " else line for line in written[1:]]]
    yield f'{head} "{written[0]}\\'
    yield from [f"{margin}{line}\\" for line in written[1:-1]]
    yield f'{margin}{written[-1]}"'


def _wrap(text: str, width: int) -> Iterator[str]:
    """A text without double spaces in lines; where one ends, a space stood."""
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line

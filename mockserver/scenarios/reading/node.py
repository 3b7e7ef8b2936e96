"""A value in a document, its place, and the problems found in the document."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from mockserver.records.errors import Problem
from mockserver.records.masks import HIDDEN, is_secret, mask_text
from mockserver.records.suggesting import find_similar, show_name
from mockserver.scenarios.reading.hints import SYNONYMS
from mockserver.scenarios.reading.quoting import explain_key
from mockserver.scenarios.reading.source import Document, KeyPath

# After so many mistakes reading stops: nobody mends more at once.
ENOUGH_PROBLEMS = 1_000
# Of a value so many characters are looked at for secrets; a message shows fewer.
_LOOKED_AT = 300
# Only so many of them are told with a similar name: the search takes long.
_HELPED_PROBLEMS = 100


class Node(Struct, frozen=True, eq=False):
    """One value. All nodes of a load share ``problems``: reading goes on after a mistake, so that all are found."""

    document: Document
    value: Any
    path: KeyPath = ()
    problems: list[Problem] = field(default_factory=list)
    # The places of files that stand for texts, each with how it is read; filled by checking.
    files: list[tuple[KeyPath, str]] = field(default_factory=list)

    def at(self, key: str | int) -> Node:
        """The value below this one."""
        return Node(self.document, self.value[key], (*self.path, key), self.problems, self.files)

    def with_value(self, value: Any) -> Node:
        """The same place with another value."""
        return replace(self, value=value)

    def __iter__(self) -> Iterator[Node]:
        """The items of a list, or the value itself when it is none."""
        if not isinstance(self.value, list):
            yield self
            return
        for index in range(len(self.value)):
            yield self.at(index)

    def items(self) -> Iterator[tuple[str, Node]]:
        """The keys and values of a mapping."""
        for key in self.value:
            yield key, self.at(key)

    @property
    def name(self) -> str:
        """The path as its author would write it: ``scenarios[0].when.user``."""
        text = ""
        for key in self.path:
            text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
        return text

    def complain(self, message: str, *, key: bool = False, level: str = "error") -> None:
        """Note a problem with this value; with ``key``, with its key."""
        # A document given in Python has no lines, so its problems name the path.
        prefix = f"{self.name}: " if self.document.root is None and self.path else ""
        self.problems.append(Problem(self.document.place(self.path, key=key), prefix + message, level))

    @property
    def written(self) -> str:
        """The value as its author wrote it, without quotes; nothing when it is none, or has quotes."""
        return self.document.plain_text(self.path)

    def expect(self, expected: str, help_: str = "") -> None:
        """Note that something else was expected here. ``help_`` says what to do."""
        is_yaml = self.document.root is not None
        has_key = is_yaml and bool(self.path) and isinstance(self.path[-1], str)
        here = f"{self.path[-1]}: " if has_key else ""
        # A frequent mistake: the keys that belong below it are not indented.
        is_empty = is_yaml and self.value is None and not self.written
        more = " (what belongs to it is indented further)" if is_empty and "mapping" in expected else ""
        if is_empty and self.document.has_anchor(self.path):
            more = " (a text that begins with & needs quotes)"
        self.complain(f"{here}expected {expected}, got {self.show()}{more}{help_ and ': ' + help_}")

    @property
    def is_hidden(self) -> bool:
        """Whether it stands at or below the name of a secret."""
        return any(is_secret(key) for key in self.path if isinstance(key, str))

    def show(self) -> str:
        """The value in a few words, as it was written; hidden when it is a secret."""
        if self.is_hidden and self.value is not None:
            return HIDDEN
        written = self.written
        return excerpt(self.value) if isinstance(self.value, str | list | dict) or not written else _cut(written, 60)

    def is_mapping(self, keys: Collection[str], what: str, *, prefix: str | None = None) -> bool:
        """Whether this is a mapping; unknown keys are noted, each with a similar known one.

        Keys that begin with ``prefix`` are free.
        """
        if not isinstance(self.value, dict):
            self.expect(f"a mapping ({what})")
            return False
        for key in self.value:
            if key not in keys and not (prefix and str(key).startswith(prefix)):
                self.at(key).complain_unknown(key, keys, f"key of {what}", key=True, help_=self._explain_key(key, keys))
                if len(self.problems) > ENOUGH_PROBLEMS:
                    break
        return True

    @property
    def has_help(self) -> bool:
        """Whether similar names are still sought for the mistakes of this load."""
        return len(self.problems) < _HELPED_PROBLEMS

    def _explain_key(self, key: str, keys: Collection[str]) -> str:
        """What is to be said of an unknown key that seems to be part of a text without quotes."""
        node = self.document.find(self.path) if self.has_help else None
        if node is None or self.is_hidden or is_secret(key):
            return ""
        word = key.partition(" ")[0]
        if word in keys and word != key:
            return f"a key needs a colon behind it: {word}: …"
        return explain_key(node, key)

    def complain_unknown(
        self, name: str, names: Collection[str], what: str, *, key: bool = False, where: str = "", help_: str = ""
    ) -> None:
        """Note a name that does not exist, with a similar one that does.

        ``where`` begins the message; ``help_`` is what to do when there is no similar one.
        """
        self.complain(where + _word_unknown(name, names, what, help_, has_help=self.has_help), key=key)


def has_placeholder(value: Any) -> bool:
    """Whether a value is a string with a placeholder in it."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def find_meant(name: str, names: Collection[str]) -> str | None:
    """The one of some names that is meant by another, if there is one."""
    near = SYNONYMS.get(name)
    return near if near in names else find_similar(name, names)


def _word_unknown(name: str, names: Collection[str], what: str, help_: str, *, has_help: bool) -> str:
    """The message for a name that does not exist."""
    near = find_meant(name, names) if has_help or SYNONYMS.get(name) in names else None
    known = f"{help_ and help_ + '; '}known are {', '.join(sorted(names))}"
    hint = known if near is None else f'did you mean "{near}"?'
    return f'"{show_name(name)}" is no {what}: {hint}'


def excerpt(value: Any, limit: int = 60) -> str:
    """A value in a few words, as it would stand in JSON; what looks like a secret is masked before it is cut."""
    import orjson

    if isinstance(value, str):
        text = _cut(value, limit)
        return orjson.dumps(text).decode("utf-8", "replace") if text.isprintable() else repr(text)
    if value is None:
        return "nothing"
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        text = repr(value)
    return _cut(text, limit)


def _cut(text: str, limit: int) -> str:
    shown = mask_text(text[:_LOOKED_AT])
    return shown if len(shown) <= limit and len(text) <= _LOOKED_AT else shown[: limit - 1] + "…"

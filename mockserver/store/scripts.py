"""Scenarios added while the server runs, kept as the text they were given in."""

from __future__ import annotations

from msgspec import Struct

# How a document's text is written.
TEXT, WORDS, FILES = "text", "words", "files"


class Document(Struct, frozen=True):
    """A text that holds scenarios, and where it stands: at ``line`` of ``file``.

    ``kind`` is ``text`` (YAML or JSON as in a fixture file), ``words`` (one scenario given in Python, as JSON) or
    ``files`` (a JSON object with the ``paths`` of fixture files and the versions of all files that belong to them).
    """

    kind: str
    text: str
    file: str = ""
    line: int = 1


class Script(Struct, frozen=True):
    """One scenario of a document: the one at ``index`` among all that the document holds.

    ``is_default`` says that it fits every request. The store gives the ``id``, by which the script can be found as
    long as the journal may speak of it, also when it was removed meanwhile.
    """

    name: str
    document: Document
    index: int = 0
    is_default: bool = False
    id: int = 0


class ScriptList(Struct, frozen=True):
    """The scripts of a session, in the order they are tried.

    No two lists of a store have the same ``revision``; 0 is the empty list's.
    """

    revision: int = 0
    scripts: tuple[Script, ...] = ()
    ids: tuple[int, ...] = ()


NO_SCRIPTS = ScriptList()


class TooManyScriptsError(Exception):
    """The session would hold more scripts than it may: so many, or so many bytes of them, are ``held`` already."""

    def __init__(self, held: int, unit: str = "scenarios") -> None:
        super().__init__(f"{held} {unit} are held already")
        self.held = held
        self.unit = unit

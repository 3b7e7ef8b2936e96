"""Scenarios added while the server runs, kept as the text they were given in."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

# How a document's text is written.
TEXT, WORDS, FILES = "text", "words", "files"


class Document(Struct, frozen=True):
    """A text that holds scenarios, and where it stands: at ``line`` of ``file``.

    ``kind`` is ``text`` (YAML or JSON as in a fixture file), ``words`` (one scenario given in Python, as JSON) or
    ``files`` (a JSON object with the ``paths`` of fixture files and the versions of all files that belong to them).
    With ``script`` (``calls`` or ``turns``) it holds no scenarios, but answers for a script of that kind, which answers
    at these ``endpoints``.
    """

    kind: str
    text: str
    file: str = ""
    line: int = 1
    script: str = ""
    endpoints: tuple[str, ...] = ()


class Script(Struct, frozen=True):
    """One scenario of a document: the one at ``index`` among all that the document holds.

    ``is_default`` says that it fits every request, ``kind`` is ``reply``, ``turns`` or ``calls``, ``endpoints`` are
    those that its condition names, ``length`` is the number of its answers (None: without end), ``more`` the
    documents with answers that were appended, with texts of ``more_bytes`` in all. The store gives the ``id``, by
    which the script can be found as long as the journal may speak of it, also when it was removed meanwhile, and
    ``first_id``, which it had before answers were appended.
    """

    name: str
    document: Document
    index: int = 0
    is_default: bool = False
    id: int = 0
    kind: str = "reply"
    endpoints: tuple[str, ...] = ()
    length: int | None = None
    more: tuple[Document, ...] = ()
    more_bytes: int = 0
    first_id: int = 0


class ScriptList(Struct, frozen=True):
    """The scripts of a session, in the order they are tried.

    No two lists of a store have the same ``revision``; 0 is the empty list's.
    """

    revision: int = 0
    scripts: tuple[Script, ...] = ()
    ids: tuple[int, ...] = ()


NO_SCRIPTS = ScriptList()
# The most documents with answers that are appended to a script: each makes a new version of it.
MOST_APPENDED = 1_000


class TooManyScriptsError(Exception):
    """The session would hold more scripts than it may: so many, or so many bytes of them, are ``held`` already."""

    def __init__(self, held: int, unit: str = "scenarios") -> None:
        super().__init__(f"{held} {unit} are held already")
        self.held = held
        self.unit = unit


class NotAppendableError(Exception):
    """No answers can be appended: the message says why. ``is_missing``: there is no such script."""

    def __init__(self, message: str, *, is_missing: bool = False) -> None:
        super().__init__(message)
        self.is_missing = is_missing


def find_appendable(scripts: Sequence[Script], kind: str, name: str | None = None) -> Script:
    """The script of that kind and name; without a name the one that was added last.

    Raises:
        NotAppendableError: there is none, or answers behind its last one would never be given.
    """
    found = max(
        (each for each in scripts if (each.name == name if name is not None else each.kind == kind)),
        key=lambda each: each.first_id,
        default=None,
    )
    if found is None:
        which = f"named {name[:100]!r}" if name is not None else f"of {kind}"
        raise NotAppendableError(f"This session has no script {which}.", is_missing=True)
    if found.kind != kind:
        raise NotAppendableError(f"The script {found.name[:100]!r} is one of {found.kind}, not of {kind}.")
    if found.length is None:
        raise NotAppendableError(
            f"The last answer of the script {found.name[:100]!r} is given always: none behind it would ever come."
        )
    if len(found.more) >= MOST_APPENDED:
        raise NotAppendableError(
            f"To the script {found.name[:100]!r} answers were appended {MOST_APPENDED} times: append several at once."
        )
    return found


def grow(script: Script, answers: Script) -> Script:
    """The script with answers appended, under the id of these."""
    length = None if script.length is None or answers.length is None else script.length + answers.length
    more, size = (*script.more, answers.document), script.more_bytes + len(answers.document.text)
    return replace(script, id=answers.id, length=length, more=more, more_bytes=size)

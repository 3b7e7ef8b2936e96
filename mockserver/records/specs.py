"""The kinds of values that a scenario file may hold, as records, with the words for complaints about them.

The engine of scenarios checks documents against them, ``mockserver.derive.scenarios`` writes them as JSON Schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

from msgspec import Struct

from mockserver.records.cached import lazy_property


class Mode(Enum):
    """The meaning of texts with placeholders.

    In a ``LITERAL`` value they are plain texts. In a ``TEMPLATE`` one may stand for any value. ``FILLED`` is a template
    with the placeholders' values in it: kinds that are ``written`` as texts then take any value.
    """

    LITERAL = auto()
    TEMPLATE = auto()
    FILLED = auto()


class Anything(Struct, frozen=True):
    """Any value."""


class Null(Struct, frozen=True):
    """Nothing."""


class Text(Struct, frozen=True):
    """A text.

    Args:
        expect: names it in complaints.
        numbers: whether numbers are taken, too.
        flags: whether true and false are taken, too.
        null: whether null is taken, too.
        written: whether another value that a placeholder gives is written as a text.
        pattern: a regular expression that the whole text matches.
        form: names a text of that pattern in complaints; by default as ``expect`` does.
        low: the lowest number.
        file: how a file that stands for it, ``{file: PATH}``, is read: as ``text`` or as ``base64``; "": none may.
    """

    expect: str = "a text"
    numbers: bool = False
    flags: bool = False
    null: bool = False
    written: bool = False
    pattern: str | None = None
    form: str = ""
    low: float | None = None
    file: str = ""


class Flag(Struct, frozen=True):
    """True or false."""


class Whole(Struct, frozen=True):
    """A whole number, of a range."""

    low: int | None = None
    high: int | None = None
    expect: str = "a whole number"


class Number(Struct, frozen=True):
    """Any number, above another one."""

    expect: str = "a number"
    above: float | None = None


class EnumOf(Struct, frozen=True):
    """One of some texts or numbers. With ``what``, which names their kind, a complaint suggests a similar one; of a
    name in ``elsewhere`` it says what stands there.
    """

    names: tuple[Any, ...]
    expect: str
    what: str = ""
    elsewhere: Mapping[str, str] = {}


class ListOf(Struct, frozen=True):
    """A list, or with ``null`` nothing.

    With ``single``, a placeholder's value that is no list stands for a list of it.
    """

    item: Spec
    expect: str
    least: int = 0
    single: bool = False
    null: bool = False


class OneOrMany(Struct, frozen=True):
    """A value, or a list of such values. Of an empty list a complaint expects ``empty``, or else the value."""

    item: Spec
    empty: str = ""
    least: int = 1


class Field(Struct, frozen=True):
    """One key of a mapping: the kind of its value, and a phrase for the docs and for editors.

    ``takes`` describes the value in the tables that have a column for it.
    """

    spec: Spec
    description: str = ""
    takes: str = ""


class Record(Struct, frozen=True):
    """A mapping with known keys.

    Args:
        name: its name in complaints.
        fields: its keys.
        needed: those that must be there.
        free: whether further keys are taken.
        prefix: the beginning of further keys that are taken.
        marks: keys by which this record is told from others: one of them must be there.
        expect: names the whole in complaints; by default ``a mapping`` of that name.
    """

    name: str
    fields: Mapping[str, Field]
    needed: tuple[str, ...] = ()
    free: bool = False
    prefix: str = ""
    marks: tuple[str, ...] = ()
    expect: str = ""


class MapOf(Struct, frozen=True):
    """A mapping with any keys and values of one kind."""

    value: Spec
    expect: str = "a mapping"


class Either(Struct, frozen=True):
    """One of several kinds: the first that suits the value."""

    options: tuple[Spec, ...]
    expect: str


class WithPlaceholders(Struct, frozen=True):
    """A value whose texts may hold placeholders; one of them may stand for any value."""

    spec: Spec


class WithoutPlaceholders(Struct, frozen=True):
    """A part of such a value whose texts hold no placeholders."""

    spec: Spec


class Rule(Struct, frozen=True):
    """A check in code, for what the other records cannot express; ``schema`` is the part JSON Schema can.

    ``check`` gets the value as a node of its document, and notes mistakes there.
    """

    check: Callable[[Any, Mode], None]
    schema: Mapping[str, Any] = {}


class Ruled(Struct, frozen=True):
    """A value that obeys rules besides."""

    spec: Spec
    rules: tuple[Rule, ...]


class Ref(Struct, frozen=True, eq=False, dict=True):
    """A kind with a name of its own, under which the JSON Schema defines it once; it may refer to itself."""

    name: str
    define: Callable[[], Spec]
    description: str = ""

    @lazy_property
    def spec(self) -> Spec:
        """The kind, once all of them exist."""
        return self.define()


Spec = (
    Anything
    | Null
    | Text
    | Flag
    | Whole
    | Number
    | EnumOf
    | ListOf
    | OneOrMany
    | Record
    | MapOf
    | Either
    | WithPlaceholders
    | WithoutPlaceholders
    | Ruled
    | Ref
)

# Kinds that several places of the format share.
STRING = Text()
# A text, as which a number will do, and a placeholder's value of any type.
WRITTEN = Text(numbers=True, written=True, file="text")
# Texts that may stand in a file of their own.
LONG, LONG_SCALAR = Text(file="text"), Text(numbers=True, file="text")
OBJECT = Record("", {}, free=True)
BLOCK_LIST = ListOf(OBJECT, "a list of blocks")


def fields(**specs: Spec) -> dict[str, Field]:
    """Fields that need no description."""
    return {name: Field(spec) for name, spec in specs.items()}


def several(spec: Spec) -> OneOrMany:
    """A value or a list of such values, of which an answer needs at least one."""
    return OneOrMany(spec, "at least one")

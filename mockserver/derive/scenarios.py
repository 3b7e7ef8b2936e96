"""The JSON Schema of scenario files, for editors: written of the table of the format and that of faults."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mockserver.derive import faults
from mockserver.records.specs import (
    Anything,
    Either,
    EnumOf,
    Field,
    Flag,
    ListOf,
    MapOf,
    Null,
    Number,
    OneOrMany,
    Record,
    Ref,
    Ruled,
    Spec,
    Text,
    Whole,
    WithoutPlaceholders,
    WithPlaceholders,
)
from mockserver.scenarios.format.conditions import TEXT_TESTS_REF
from mockserver.scenarios.format.content import SHORTHAND_ITEM
from mockserver.scenarios.format.files import WHOLE_FILE

Json = dict[str, Any]

NAME = "mock/scenarios.json"
PLACEHOLDER: Json = {
    "description": "A placeholder that gives the value.",
    "type": "string",
    "pattern": r"\{\{|\{%",
}
TEXT_FILE: Json = {
    "description": "A text that stands in a file, by its path from this file's folder.",
    "type": "object",
    "properties": {"file": {"type": "string", "minLength": 1}},
    "required": ["file"],
    "additionalProperties": False,
}
HEAD: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://messages-mockserver.invalid/schemas/mock/scenarios.json",
    "title": "Scenario file of messages-mockserver",
}


def schema() -> Json:
    """The whole schema."""
    writer = Writer()
    # Their fields stand in other mappings too, which refer to them.
    writer.reference(TEXT_TESTS_REF, False)
    writer.reference(SHORTHAND_ITEM, True)
    return {**HEAD, **writer.kind(WHOLE_FILE, False), "$defs": {**writer.definitions, **faults.definitions()}}


def write(folder: Path) -> list[str]:
    """Writes the file into ``folder`` and returns its name if that changed it."""
    return write_schema(folder, NAME, schema())


def write_schema(folder: Path, name: str, written: Json) -> list[str]:
    """Writes a schema into ``folder`` and returns its name if that changed the file."""
    path, text = folder / name, json.dumps(written, indent=2, ensure_ascii=False) + "\n"
    if path.exists() and path.read_text("utf-8") == text:
        return []
    path.write_text(text, "utf-8")
    return [name]


def sentence(description: str) -> str:
    """A phrase of the table as plain text: without marks and links, as a sentence."""
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", description).replace("`", "")
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '…')) else '.'}"


class Writer:
    """Writes kinds of values as JSON Schema, and gathers the ``definitions`` that they refer to.

    The second argument of its methods says whether a placeholder may stand for the value.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, Json] = {"placeholder": PLACEHOLDER}
        # Where the fields of definitions stand, by their identity.
        self.homes: dict[int, str] = {}

    def value(self, spec: Spec, open_: bool) -> Json:
        """The schema of a value, or of a placeholder that stands for it."""
        written = self.kind(spec, open_)
        if not open_ or takes_any_text(spec):
            return written
        options = written["anyOf"] if written.keys() == {"anyOf"} else [written]
        return {"anyOf": [*options, {"$ref": "#/$defs/placeholder"}]}

    def kind(self, spec: Spec, open_: bool) -> Json:
        """The schema of a value itself."""
        return KINDS[type(spec)](self, spec, open_)

    def field(self, field: Field, open_: bool) -> Json:
        """The schema of what stands below a key."""
        if id(field) in self.homes:
            return {"$ref": self.homes[id(field)]}
        described = {"description": sentence(field.description)} if field.description else {}
        return {**described, **self.value(field.spec, open_)}

    def reference(self, ref: Ref, open_: bool) -> Json:
        """A reference to a definition, which is written when first needed."""
        if ref.name not in self.definitions:
            self.definitions[ref.name] = {}
            described = {"description": ref.description} if ref.description else {}
            self.definitions[ref.name] = {**described, **self.kind(ref.spec, open_)}
            for key, field in _fields(ref.spec):
                self.homes.setdefault(id(field), f"#/$defs/{ref.name}/properties/{key}")
        return {"$ref": f"#/$defs/{ref.name}"}

    def text(self, spec: Text, _: bool) -> Json:
        """A text; ``minimum`` holds for numbers alone, ``pattern`` for texts."""
        types = ["string", *["number"] * spec.numbers, *["boolean"] * spec.flags, *["null"] * spec.null]
        written: Json = {"type": types if len(types) > 1 else "string"}
        if spec.pattern is not None:
            written["pattern"] = f"^(?:{spec.pattern})$" if "|" in spec.pattern else f"^{spec.pattern}$"
        if spec.low is not None:
            written["minimum"] = spec.low
        if not spec.file:
            return written
        self.definitions["file"] = TEXT_FILE
        return {"anyOf": [written, {"$ref": "#/$defs/file"}]}

    def whole(self, spec: Whole, _: bool) -> Json:
        """A whole number."""
        bounds = {"minimum": spec.low, "maximum": spec.high}
        return {"type": "integer", **{key: bound for key, bound in bounds.items() if bound is not None}}

    def number(self, spec: Number, _: bool) -> Json:
        """A number."""
        return {"type": "number"} if spec.above is None else {"type": "number", "exclusiveMinimum": spec.above}

    def list(self, spec: ListOf, open_: bool) -> Json:
        """A list."""
        written: Json = {"type": ["array", "null"] if spec.null else "array", "items": self.value(spec.item, open_)}
        return {**written, "minItems": spec.least} if spec.least else written

    def one_or_many(self, spec: OneOrMany, open_: bool) -> Json:
        """A value or a list."""
        several: Json = {"type": "array", "items": self.value(spec.item, open_)}
        if spec.least:
            several["minItems"] = spec.least
        return {"anyOf": [self.kind(spec.item, open_), several]}

    def record(self, spec: Record, open_: bool) -> Json:
        """A mapping with known keys."""
        written: Json = {"type": "object"}
        if spec.fields:
            written["properties"] = {key: self.field(field, open_) for key, field in spec.fields.items()}
        if spec.needed:
            written["required"] = list(spec.needed)
        if spec.prefix:
            written["patternProperties"] = {f"^{spec.prefix}": {"description": "Free: a place for YAML anchors."}}
        return written if spec.free else {**written, "additionalProperties": False}

    def map(self, spec: MapOf, open_: bool) -> Json:
        """A mapping with any keys."""
        return {"type": "object", "additionalProperties": self.value(spec.value, open_)}

    def either(self, spec: Either, open_: bool) -> Json:
        """One of several kinds."""
        return {"anyOf": [self.kind(option, open_) for option in spec.options]}

    def ruled(self, spec: Ruled, open_: bool) -> Json:
        """A value that obeys rules."""
        written = self.kind(spec.spec, open_)
        for rule in spec.rules:
            written = {**written, **rule.schema}
        return written


KINDS: Mapping[type, Callable[[Writer, Any, bool], Json]] = {
    Anything: lambda *_: {},
    EnumOf: lambda _, spec, __: {"enum": list(spec.names)},
    Either: Writer.either,
    Flag: lambda *_: {"type": "boolean"},
    ListOf: Writer.list,
    MapOf: Writer.map,
    Null: lambda *_: {"type": "null"},
    Number: Writer.number,
    OneOrMany: Writer.one_or_many,
    Record: Writer.record,
    Ref: Writer.reference,
    Ruled: Writer.ruled,
    Text: Writer.text,
    Whole: Writer.whole,
    WithPlaceholders: lambda writer, spec, _: writer.kind(spec.spec, True),
    WithoutPlaceholders: lambda writer, spec, _: writer.kind(spec.spec, False),
}


def takes_any_text(spec: Spec) -> bool:
    """Whether texts with placeholders fit anyway, or never do."""
    if isinstance(spec, Either):
        return any(map(takes_any_text, spec.options))
    if isinstance(spec, OneOrMany):
        return takes_any_text(spec.item)
    if isinstance(spec, Ref):
        return takes_any_text(spec.spec)
    if isinstance(spec, Text):
        return spec.pattern is None
    return isinstance(spec, Anything | WithoutPlaceholders)


def _fields(spec: Spec) -> Iterator[tuple[str, Field]]:
    """The fields that a definition has at its top."""
    record = spec.spec if isinstance(spec, Ruled) else spec
    yield from record.fields.items() if isinstance(record, Record) else ()

"""The fields of an answer: ``reply``, and the items of ``turns`` and ``calls``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.specs import (
    LONG,
    OBJECT,
    STRING,
    Anything,
    Either,
    EnumOf,
    Field,
    Flag,
    ListOf,
    MapOf,
    Mode,
    Record,
    Ref,
    Rule,
    Ruled,
    Text,
    Whole,
    WithoutPlaceholders,
    WithPlaceholders,
    fields,
)
from mockserver.scenarios.format.content import CITATIONS, CITING, ITEM
from mockserver.scenarios.format.deliveries import FAULTS, PACE
from mockserver.scenarios.format.failures import ERROR_WORDS, RAW_WORDS
from mockserver.scenarios.format.shorthands import SHORTHAND_FIELDS, SHORTHANDS
from mockserver.scenarios.format.values import AMOUNT, HEADERS, free_without, whole
from mockserver.scenarios.reading.node import Node

# Generated answers ------------------------------------------------------------------------------------------------

GENERATE = Record(
    "generate",
    fields(
        sentences=whole(1, 10_000),
        paragraphs=whole(1, 1_000),
        words=whole(1, 100_000),
        tokens=whole(1, 300_000),
        locale=Text(expect="a locale such as zh_CN", pattern="[a-z]{2,3}(_[A-Z]{2})?"),
        thinking=Either((Flag(), whole(0, 1_000)), "true, false or a number of sentences"),
        tool_use=Either((Flag(), STRING), "true, false, the name of a tool, or one of once, all, asked, none"),
    ),
)

# All of an answer -------------------------------------------------------------------------------------------------

# Counts that the server calculates with.
COUNTS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_USAGE = Record(
    "usage",
    {**fields(**dict.fromkeys(COUNTS, AMOUNT)), "cache_creation": Field(MapOf(AMOUNT))},
    free=True,
)
_REFUSAL = Record("refusal", fields(category=Anything(), explanation=Anything()), free=True)
_NOT_IN_EXTRA = ("content", "id", "model", "usage", "stop_reason", "stop_sequence", "stop_details")
_TIMES = "a number from 1, or always"

CONTENT_FIELDS: dict[str, Field] = {
    **SHORTHAND_FIELDS,
    "citations": CITATIONS,
    "content": Field(
        ListOf(ITEM, "a list of texts, shorthands and blocks", single=True),
        "all of the above in any order, as a list of texts, shorthands, and blocks exactly as the API has them "
        "(with their `type`)",
    ),
    "echo": Field(Flag(), "`true`: the user's own text"),
    "generate": Field(
        Ref("generate", lambda: Either((Flag(), WithoutPlaceholders(GENERATE)), "true or a mapping")),
        "a generated answer, see below",
    ),
    "literal": Field(
        WithoutPlaceholders(Flag()),
        "`true`: the answer has no [placeholders](#placeholders), `{{` and `{%` are plain text anywhere in it",
    ),
}
ENDING_FIELDS: dict[str, Field] = {
    "stop_reason": Field(STRING, "any stop reason; by default what the blocks imply"),
    "stop_sequence": Field(STRING, "the sequence that was met, and that stop reason"),
    "stop_details": Field(OBJECT, "the object, as the API has it"),
    "refusal": Field(
        Either((Flag(), STRING, _REFUSAL), "true, a category, or {category, explanation}"),
        "`true`, a category, or `{category, explanation}`: stop reason and details of a refusal",
    ),
    "pause_turn": Field(Flag(), "`true`: the stop reason of a pause in the API's own tool loop"),
    "usage": Field(_USAGE, "replaces some of the counted usage, such as `{cache_read_input_tokens: 1000}`"),
    "model": Field(STRING, "the model that answers; by default the one asked for"),
    "id": Field(Text(written=True), "the id of the message, any text: `msg_{{ call }}`; by default one is made"),
    "container": Field(Either((STRING, OBJECT), "an id or a mapping"), "a container's id, or the object"),
    "extra": Field(
        free_without(_NOT_IN_EXTRA, "stands beside extra, not below it"),
        "more keys of the message, as the API has them: `context_management`, `safeguard_results` …",
    ),
    "headers": Field(
        HEADERS,
        "headers added to the answer; `content-length` and `transfer-encoding` are the server's own, "
        "a [fault](faults.md) breaks an answer",
    ),
    "enforce_limits": Field(
        Flag(),
        "whether `max_tokens` and `stop_sequences` of the request end it; by default they do unless it says itself how "
        "it ends, see [below](#what-answers-obey)",
    ),
    "times": Field(
        WithoutPlaceholders(Either((EnumOf(("always",), _TIMES), Whole(1, expect=_TIMES)), _TIMES)),
        "how often an entry is given before the next one: a number, or `always`; in a `reply` how often in this "
        "session, by default `always`",
    ),
}
# Values of answers that are no messages.
VALUE_FIELDS: dict[str, Field] = {
    "input_tokens": Field(AMOUNT, "the count of `count_tokens`"),
    "context_management": Field(
        Record("context_management", fields(original_input_tokens=AMOUNT)),
        "`{original_input_tokens: N}` of `count_tokens`, the count before the context was edited",
    ),
}
FIELDS: dict[str, Field] = {
    **CONTENT_FIELDS,
    "error": Field(ERROR_WORDS, "an API error: its type, its status, or a mapping"),
    "raw": Field(RAW_WORDS, "what is no API answer at all, such as the page of a proxy"),
    **ENDING_FIELDS,
    "fault": Field(FAULTS, "what goes wrong on the way to the client"),
    "faults": Field(FAULTS, "the same as `fault`"),
    "pace": Field(PACE, "how fast the answer leaves; `none` is at once"),
    "recorded": Field(
        WithoutPlaceholders(Whole(1, expect="the number of an exchange in the side file")),
        "in a cassette, the answer of that number in its side file: where nothing else is said, or with "
        "`replay: exact`",
    ),
    **VALUE_FIELDS,
}

# The content of an answer is given by the keys of one of these groups.
ALTERNATIVES = (
    *(("error",), ("raw",), ("generate",), ("echo",), ("content",)),
    *((*SHORTHANDS, "citations"), tuple(VALUE_FIELDS)),
)
# At most one of these ends it; each implies a stop reason of its own.
ENDINGS = ("refusal", "pause_turn", "stop_sequence")
# Keys whose value false is the same as leaving them out.
SWITCHES = (
    *("echo", "generate", "pause_turn", "refusal"),
    *(key for key, shorthand in SHORTHANDS.items() if shorthand.is_switch),
)
# Keys that are allowed beside an error or a raw answer.
BESIDE_FAILURES = ("headers", "fault", "faults", "pace", "times", "literal", "recorded")

# What an answer says by itself. One that names a recorded answer, and has none of these keys, is that answer.
_WORDS = {"json", "refusal", "stop_details"}.union(*ALTERNATIVES)


def is_recording(answer: Mapping[str, Any]) -> bool:
    """Whether an answer says nothing but which recorded one it is."""
    return "recorded" in answer and not _WORDS & without_switched_off(answer).keys()


def without_switched_off(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without the switches that are off: those are as good as left out."""
    return {key: value for key, value in answer.items() if value is not False or key not in SWITCHES}


def check_alternatives(node: Node, _: Mode) -> None:
    """Note the keys of an answer that exclude each other."""
    if not isinstance(node.value, dict):
        return
    on = without_switched_off(node.value)
    present = [[key for key in keys if key in on] for keys in ALTERNATIVES]
    first = [group[0] for group in present if group]
    for other in first[1:]:
        node.at(other).complain(f"an answer has either {first[0]} or {other}, not both", key=True)
    if len(first) <= 1:
        CITING.check(node, _)
    if len(first) == 1 and first[0] in ("error", "raw"):
        for key in sorted(FIELDS.keys() & on.keys() - {first[0], *BESIDE_FAILURES}):
            node.at(key).complain(f'"{key}" says nothing beside {first[0]}', key=True)
    if is_recording(on):
        for key in sorted(FIELDS.keys() & on.keys() - {*BESIDE_FAILURES}):
            node.at(key).complain(f'"{key}" says nothing beside recorded, where no content is said', key=True)


def _check_endings(node: Node, _: Mode) -> None:
    on = without_switched_off(node.value) if isinstance(node.value, dict) else {}
    ends = [key for key in ENDINGS if on.get(key) is not None]
    for other in ends[1:]:
        node.at(other).complain(f"an answer ends with either {ends[0]} or {other}, not both", key=True)


def _unless_off(*group: str) -> Mapping[str, Any]:
    off = {key: {"not": {"const": False}} for key in group if key in SWITCHES}
    return {"not": {"required": list(group), "properties": off}}


_ANSWER = Ruled(
    Record("an answer", FIELDS, expect="a text, or a mapping of what is said"),
    (
        Rule(check_alternatives, CITING.schema),
        Rule(
            _check_endings,
            {"allOf": [_unless_off(one, other) for at, one in enumerate(ENDINGS) for other in ENDINGS[at + 1 :]]},
        ),
    ),
)
ANSWER = WithPlaceholders(_ANSWER)
ANSWER_OR_TEXT = Ref(
    "answer",
    lambda: Either((LONG, ANSWER), "a text, or a mapping of what is said"),
    "A text, or what is said, how it ends, and how it is delivered.",
)
# One with ``literal: true``.
LITERAL_ANSWER_OR_TEXT = Either((LONG, WithoutPlaceholders(_ANSWER)), "a text, or a mapping of what is said")

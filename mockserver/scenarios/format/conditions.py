"""The fields of ``when``: each looks at one part of a request."""

from __future__ import annotations

from mockserver.records.call import VERSIONS
from mockserver.records.endpoints import BY_NAME
from mockserver.records.endpoints import SCRIPTED_NAMES as ENDPOINTS
from mockserver.records.specs import (
    STRING,
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
    Spec,
    Text,
    Whole,
    fields,
)
from mockserver.scenarios.format.values import one_of
from mockserver.wires import WIRES

_NAME = "a name, with * and ? as wildcards"
NAMES = OneOrMany(Text(_NAME))

# Tests of texts ---------------------------------------------------------------------------------------------------

_TEXTS = OneOrMany(STRING)


def _build_text_test() -> Spec:
    return Either(
        (
            Text(numbers=True, flags=True),
            ListOf(TEXT_TEST, _TEXT_TEST, least=1),
            TEXT_TESTS_REF,
        ),
        _TEXT_TEST,
    )


_TEXT_TEST = "a text, a list of texts or a mapping (a text test)"
TEXT_TEST = Ref(
    "text_test",
    _build_text_test,
    "A text (contained, in upper or lower case), /a pattern/, a list (any of them), or tests that must all hold.",
)
_SEVERAL = ListOf(TEXT_TEST, "a list of text tests", least=1)
TEXT_TESTS = Record(
    "a text test",
    {
        "contains": Field(_TEXTS, "contains it, in upper or lower case"),
        "equals": Field(_TEXTS, "is exactly this"),
        "starts_with": Field(_TEXTS, "starts with it, in upper or lower case"),
        "ends_with": Field(_TEXTS, "ends with it, in upper or lower case"),
        "matches": Field(_TEXTS, r"matches the regular expression, such as `'^\d+$'`"),
        "any": Field(_SEVERAL, "passes one of these tests: `[a, {equals: b}]`"),
        "all": Field(_SEVERAL, "passes each of these tests"),
        "not": Field(TEXT_TEST, "does not pass the test"),
    },
)

TEXT_TESTS_REF = Ref("text_tests", lambda: TEXT_TESTS)

# Tests of numbers -------------------------------------------------------------------------------------------------

_NUMBER_TEST = "a number, a list of numbers or {at_least: N, at_most: N}"
_NUMBER = Number(_NUMBER_TEST)
NUMBER_TESTS = Record(
    "a number test",
    {"at_least": Field(_NUMBER, "the lowest number"), "at_most": Field(_NUMBER, "the highest number")},
)
NUMBER_TEST = Ref(
    "number_test",
    lambda: Either((OneOrMany(_NUMBER, least=0), NUMBER_TESTS), _NUMBER_TEST),
    "A number, a list of numbers, or bounds.",
)
_BOUNDS = Ref("bounds", lambda: Record(NUMBER_TESTS.name, NUMBER_TESTS.fields, marks=tuple(NUMBER_TESTS.fields)))

# Tests of anything ------------------------------------------------------------------------------------------------

PRESENCE = Record("a test of presence", fields(present=Flag()), ("present",), marks=("present",))
SAME = Record("a test of equality", {"is": Field(Anything())}, ("is",), marks=("is",))
BODY_TEST: Ref = Ref(
    "body_test",
    lambda: Either(
        (Null(), Flag(), Number(), PRESENCE, SAME, _BOUNDS, ListOf(BODY_TEST, _TEXT_TEST, least=1), TEXT_TEST),
        _TEXT_TEST,
    ),
    "A value that must be there; a text test; bounds; {present: …}; {is: any value}.",
)

# All of a condition -----------------------------------------------------------------------------------------------

# The types of ``thinking``, and the words for any of those that are on or off.
THINKING_TYPES = ("adaptive", "between_tools", "disabled", "enabled")
_THINKING = "on, off or a type of thinking"
_THINKING_TYPE = Ref("thinking_type", lambda: EnumOf(("on", "off", *THINKING_TYPES), _THINKING, "type of thinking"))

TOOLS = Record(
    "tools",
    {
        "all": Field(NAMES, "all of these are offered"),
        "any": Field(NAMES, "one of these is offered"),
        "none": Field(NAMES, "none of these is offered"),
    },
)
TOOL_RESULT = Record(
    "tool_result",
    {"for": Field(NAMES, "the name of the tool"), "is_error": Field(Flag(), "whether it failed"), **TEXT_TESTS.fields},
)


MEDIA = {
    "count": Field(Either((Flag(), NUMBER_TEST), _NUMBER_TEST), "how many"),
    "media_type": Field(NAMES, "of which type"),
}


def _build_media_test(key: str) -> Spec:
    return Either((Flag(), _BOUNDS, Record(key, MEDIA), NUMBER_TEST), _NUMBER_TEST)


_MEDIA = "`true`, `false`; a [number test](#number-tests) of how many; `{count: …, media_type: image/*}`"
_HEADERS = Either((Flag(), Text(_NAME, numbers=True), TEXT_TESTS_REF, NAMES), _NAME)


# Endpoints and wires ------------------------------------------------------------------------------------------------


# Endpoints that get the prompts of another one.
_SHARING = {
    name: f"scenarios for {each.prompts_of} answer at {each.name} too; for that one alone write wire: {each.short}"
    for name, each in BY_NAME.items()
    if each.prompts_of
}
_ENDPOINT = Ref("endpoint", lambda: EnumOf(ENDPOINTS, " or ".join(ENDPOINTS), "endpoint", _SHARING))

WHEN = Record(
    "when",
    {
        "user": Field(
            TEXT_TEST,
            "the text of the last user turn; messages with tool results are skipped, with the text beside these, "
            "as are `role: system` messages",
            "[text test](#text-tests)",
        ),
        "system": Field(TEXT_TEST, "the system prompt", "text test"),
        "any_message": Field(TEXT_TEST, "the text of every message; one of them must pass", "text test"),
        "model": Field(NAMES, "the model, as sent", "name or list of names"),
        "tools": Field(
            Either((Flag(), TOOLS, NAMES), _NAME),
            "the names of the tools offered, as messages on the way have changed them",
            "list of names that must all be there; `true`, `false`; `{all: …, any: …, none: …}`",
        ),
        "tool_choice": Field(
            NAMES, "the type of the choice (`auto` when absent) or the name of the forced tool", "name or list"
        ),
        "tool_result": Field(
            Either((Flag(), TOOL_RESULT, TEXT_TEST), _TEXT_TEST),
            "the results of the latest tool calls; one of them must pass",
            "`true`, `false`; text test; `{for: TOOL, is_error: true}` with or without a text test",
        ),
        "thinking": Field(
            OneOrMany(Either((Flag(), _THINKING_TYPE), _THINKING)),
            "the type of `thinking`",
            "`on` or `true` (any but disabled), `off` or `false` (absent or disabled), a type "
            "(`adaptive`, `enabled`, `disabled`, `between_tools`) or list of these",
        ),
        "output_format": Field(
            Either((Flag(), NAMES), _NAME),
            "the type of `output_config.format`",
            "`true`, `false`, a type or list",
        ),
        "images": Field(_build_media_test("images"), "images in the whole conversation, also in tool results", _MEDIA),
        "documents": Field(_build_media_test("documents"), "documents, likewise", "the same"),
        "turn": Field(NUMBER_TEST, "how many assistant turns came after the last user text, 0 for none", "number test"),
        "assistant_turns": Field(
            NUMBER_TEST, "how many assistant turns came in the whole conversation, 0 for none", "number test"
        ),
        "stream": Field(Flag(), "whether a stream is asked for", "`true`, `false`"),
        "batch": Field(Flag(), "whether it is a request of a [message batch](batches.md)", "`true`, `false`"),
        "custom_id": Field(TEXT_TEST, "the `custom_id` of a request of a batch; no other request passes", "text test"),
        "recorded": Field(
            Whole(1, expect="the number of an exchange in the side file"),
            "whether it is the request of that number in the side file of a [cassette](cassettes.md)",
            "a number",
        ),
        "compaction": Field(Flag(), "whether `compaction` asks for a summary in place of an answer", "`true`, `false`"),
        "headers": Field(
            MapOf(_HEADERS, "a mapping of header names to globs"),
            "request headers by name",
            "name or list; text test as a mapping; `true` (sent), `false` (not sent)",
        ),
        "version": Field(
            OneOrMany(Ref("version", lambda: one_of(tuple(VERSIONS)))),
            "the API version",
            "`2023-06-01`, `2026-10-21` or a list",
        ),
        "endpoint": Field(
            OneOrMany(_ENDPOINT),
            "the endpoint asked; `messages` when it is left out, see [Other endpoints](#other-endpoints)",
            "a name or list of names: `count_tokens`, `models`",
        ),
        "wire": Field(
            OneOrMany(Ref("wire", lambda: one_of(tuple(WIRES)))),
            "the [wire format](#both-wires) of the request: `messages`, or `chat` for chat completions",
            "`messages`, `chat` or a list",
        ),
        "path": Field(
            NAMES,
            "the path of the request, behind its prefix and without its query; a scenario with `path` or `method` "
            "and no `endpoint` answers [on any path](#other-paths), not only that of messages",
            "name or list: `/v1/agents/*`",
        ),
        "method": Field(NAMES, "the method of the request", "name or list: `POST`"),
        "key": Field(NAMES, "the API key", "name or list"),
        "session": Field(NAMES, "the session's name: the header `x-mock-session`, else the API key", "name or list"),
        "body": Field(
            MapOf(BODY_TEST, 'a mapping of JSONPath to test, such as {"$.metadata.user_id": alice}'),
            "anything else, by [JSONPath](#any-part-of-the-request)",
            "a test for each path",
        ),
    },
    expect="a mapping of what must hold, such as {user: hello}",
)

"""The format of the files that describe a gateway: its keys, the values that they take, and what they mean.

Files are checked against it; the JSON Schema for editors and the tables of docs/gateways.md are derived from it.
"""

from __future__ import annotations

from mockserver.gateways import rules
from mockserver.gateways.presets import list_presets
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
    Rule,
    Ruled,
    Text,
    Whole,
)
from mockserver.scenarios.format.deliveries import FAULTS
from mockserver.scenarios.format.values import HEADER_NAME, HEADER_VALUE, HEADERS, STATUS, one_of, whole
from mockserver.wires import WIRES

PRESETS = tuple(list_presets())
LANGUAGES = ("zh", "en")
# What an ending of a model's name may do, see ``adjusting``.
DEEDS = ("thinking", "adaptive", "effort")
_FULL = Text("a text", pattern=r"[\s\S]+", form="a text that is not empty")
_PATH = Text("a path", pattern=r"[/*][^?]*", form="a path such as /v1/files*, without a query")
_MODEL = Text("the name of a model", pattern=r"[^*]+", form="the name of a model, without *")
_GLOB = Text("the name of a model", pattern=r"[\s\S]+")
_GLOBS, _GLOBS_OR_NONE = OneOrMany(_GLOB), OneOrMany(_GLOB, least=0)
_WRITTEN = Text(numbers=True)
_ID_PART = Text("letters and digits", pattern="[0-9A-Za-z]+")
_HEADER = Text(numbers=True, pattern=HEADER_VALUE, form="a text on one line")


_SHARE = Ruled(Number("a number above 0, up to 1", above=0), (Rule(rules.check_share, {"maximum": 1}),))

UPSTREAM = Record(
    "error",
    {
        "status": Field(whole(300, 599), "the status"),
        "type": Field(STRING, "by default `upstream_error`"),
        "message": Field(STRING, "by default the API's own words for its type"),
        "code": Field(STRING, "none by default"),
    },
    needed=("status",),
)
CHANNEL = Record(
    "the channel",
    {
        "name": Field(_FULL, "its name, for `channel`, keys and the journal"),
        "models": Field(_GLOBS, "the models it is for, a name or several, which may have `*`; by default all"),
        "converts": Field(
            Flag(),
            "whether an API like OpenAI's is behind it: then the Messages API's rules refuse nothing, and chat answers "
            "are as that API makes them",
        ),
        "error": Field(
            Either(
                (STRING, whole(300, 599), UPSTREAM),
                "the name of an error, a status, or a mapping of status, type, message and code",
            ),
            "what it answers in place of any scenario: the name of an error of the gateway or of the API, a status, or "
            "`status`, `type`, `message` and `code`",
        ),
        "faults": Field(
            Either(
                (
                    Record("faults", {wire: Field(FAULTS) for wire in WIRES}, marks=tuple(WIRES)),
                    FAULTS,
                ),
                "the name of a fault, a mapping, or a list of them",
            ),
            "the [faults](faults.md) of each of its answers, as scenarios write them; those of one wire alone below "
            "`messages` and `chat`",
        ),
        "renames": Field(MapOf(_MODEL), "the model that its answers name, by the one that was asked for"),
    },
    needed=("name",),
)
KEY = Record(
    "the key",
    {
        "error": Field(STRING, "the name of the error that it gets"),
        "group": Field(_FULL, "its group, which errors name"),
        "models": Field(_GLOBS_OR_NONE, "the only models that it may use; `[]` is none"),
        "admin": Field(Flag(), "whether it may name a channel: `sk-x-CHANNEL`"),
    },
)
MODEL = Record(
    "the model",
    {
        "owner": Field(STRING, "who owns it in the list of models; with an error and no owner it is not listed"),
        "error": Field(STRING, "the name of the error that a request for it gets"),
    },
)
PATH = Record(
    "the path",
    {
        "path": Field(_PATH, "the path; it may have `*`"),
        "method": Field(Text("a method", pattern=r"[A-Z]+", form="a method such as POST"), "by default any"),
        "error": Field(STRING, "the name of the error that it answers"),
        "body": Field(Anything(), "the JSON that it answers, with status 200"),
        "page": Field(_FULL, "the HTML that it answers, with status 200"),
        "key": Field(Flag(), "whether a key is asked for first; by default it is"),
    },
    needed=("path",),
)
VALUES = Record(
    "values",
    {
        "drops": Field(ListOf(STRING, "a list of fields"), "the fields that are left out"),
        "least_max_tokens": Field(whole(1, 1_000_000), "of `thinking`: `max_tokens` becomes so large, by default 1280"),
        "share": Field(_SHARE, "of `thinking`: the budget as a share of `max_tokens`, by default 0.8"),
        "effort": Field(_FULL, "of the others: the effort, by default the ending"),
        "display": Field(_FULL, "of the others: the `display` of the thinking, by default none"),
    },
)
NAME = Record(
    "the ending",
    {
        "ending": Field(_FULL, "how the name ends"),
        "does": Field(
            one_of(DEEDS),
            "`thinking`: thinking with a budget; `adaptive`: adaptive thinking, both unless the request says how it "
            "thinks; `effort`: adaptive thinking with an effort whatever the request says",
        ),
        "models": Field(_GLOBS, "the names without the ending that it holds for; by default all"),
        "values": Field(VALUES, "what is put in"),
    },
    needed=("ending", "does"),
)
ERROR = Record(
    "the error",
    {
        "status": Field(STATUS, "the status"),
        "texts": Field(
            Either(
                (STRING, Record("texts", {language: Field(STRING) for language in LANGUAGES}, marks=LANGUAGES)),
                "a text, or a mapping of zh and en",
            ),
            "its message, or one below `zh` and one below `en`; it may hold `{model}`, `{group}`, `{method}`, `{path}` "
            "and what `values` names",
        ),
        "code": Field(Text(null=True), "by default empty; null leaves the key out"),
        "type": Field(STRING, "by default `error_type` of the gateway"),
        "param": Field(Text(null=True), "by default the key is left out"),
        "stage": Field(
            one_of(("gate", "relay")),
            "`gate` (by default): before anything is relayed, in OpenAI's form on every wire; `relay`: in the form of "
            "the wire",
        ),
        "values": Field(MapOf(_WRITTEN), "what stands for the other names in braces"),
        "empty": Field(Flag(), "whether its body is empty"),
        "request_id": Field(Flag(), "whether its message ends with the id of the request; by default it does"),
    },
)
GATEWAY_FILE = Record(
    "the gateway",
    {
        "like": Field(
            EnumOf(PRESETS, " or ".join(PRESETS), "preset"), "the preset that the file changes, by default `new-api`"
        ),
        "name": Field(_FULL, "its name; by default that of the file"),
        "version": Field(_HEADER, "its version, for `{version}` in `headers`"),
        "language": Field(one_of(LANGUAGES), "the language of its errors: `zh` (by default) or `en`"),
        "group": Field(_FULL, "the group of keys which name none, by default `default`"),
        "channel": Field(STRING, "the channel that is tried first, whatever the model"),
        "retries": Field(whole(0, 9), "how many more channels are tried when one fails, by default 0"),
        "no_retry": Field(ListOf(whole(300, 599), "a list of statuses"), "the statuses after which none is tried"),
        "channels": Field(
            Ruled(
                ListOf(
                    Either((STRING, CHANNEL), "the name of a channel of the preset, or a mapping"),
                    "a list of channels",
                    least=1,
                ),
                (Rule(rules.check_channels),),
            ),
            "what stands behind it, in the order in which it is tried, in place of the preset's. A name alone is a "
            "channel of the preset; a mapping with such a name changes that",
        ),
        "keys": Field(
            Ruled(
                MapOf(Either((STRING, KEY), "the name of an error, or a mapping"), "a mapping of keys"),
                (Rule(rules.check_keys, rules.KEY_NAMES),),
            ),
            "what happens to whoever has such a key: the name of an error, or a mapping; other keys are let in",
        ),
        "models": Field(
            Ruled(
                MapOf(Either((MODEL, Null()), "a mapping of owner and error"), "a mapping of models"),
                (Rule(rules.check_models, rules.LISTED),),
            ),
            "models that it lists besides those of the catalogue, and those that it refuses, these also with `*`",
        ),
        "max_tokens": Field(Whole(0, expect="a whole number from 0"), "put in where a request has none; 0: nothing is"),
        "names": Field(
            ListOf(NAME, "a list of endings"),
            "endings of model names that change the request; the first that fits counts, before those of the preset",
        ),
        "paths": Field(
            ListOf(Ruled(PATH, (Rule(rules.check_answer, rules.ONE_ANSWER),)), "a list of paths"),
            "what it answers at paths; the first that fits counts, before those of the preset. One without an answer "
            "is a path that it has",
        ),
        "errors": Field(
            MapOf(ERROR, "a mapping of errors"),
            "errors of its own by name, and changes to those of the preset",
        ),
        "headers": Field(HEADERS, "headers that every answer gets"),
        "error_type": Field(STRING, "the `type` of its errors"),
        "upstream_types": Field(
            one_of(("kept", "code", "own")),
            "the `type` that errors from behind it have on the Messages wire: their own, their code (`<nil>` where "
            "they have none, as always behind a channel that converts), or that of the gateway",
        ),
        "masks": Field(Flag(), "whether addresses and keys in errors while relaying are masked"),
        "id_header": Field(
            Ruled(Text("the name of a header", pattern=HEADER_NAME), (Rule(rules.check_id_header, rules.ID_HEADERS),)),
            "the header of the request's id",
        ),
        "id_mark": Field(_ID_PART, "what stands in every id of a request, before the eight characters at its end"),
        "id_letters": Field(_ID_PART, "the characters of which the end is made, by default letters and digits"),
        "key_headers": Field(
            ListOf(one_of(("x-api-key", "authorization")), "a list of x-api-key and authorization", least=1),
            "where keys are looked for; the first that is there counts",
        ),
        "wires": Field(
            ListOf(one_of(tuple(WIRES)), "a list of messages and chat", least=1), "the wire formats that it has"
        ),
        "chat_form": Field(
            one_of(("new-api", "one-api", "openai")), "whose form chat answers of channels that do not convert have"
        ),
        "list_form": Field(one_of(("new-api", "one-api")), "whose form the list of models has"),
    },
    prefix="x-",
)

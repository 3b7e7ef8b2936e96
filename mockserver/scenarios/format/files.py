"""The fields of a scenario file, and of each scenario in it."""

from __future__ import annotations

from mockserver.records.specs import (
    OBJECT,
    STRING,
    Anything,
    Either,
    Field,
    ListOf,
    MapOf,
    OneOrMany,
    Record,
    Ref,
    Rule,
    Ruled,
    Text,
    Whole,
    WithoutPlaceholders,
    WithPlaceholders,
)
from mockserver.scenarios.format.answers import ANSWER_OR_TEXT, FIELDS
from mockserver.scenarios.format.batches import BATCHES
from mockserver.scenarios.format.cassettes import CASSETTE, MATCH, REPLAY
from mockserver.scenarios.format.conditions import WHEN
from mockserver.scenarios.format.declared import FILES
from mockserver.scenarios.format.endpoints import HELD_TO_KEYS
from mockserver.scenarios.format.models import LIFE, MODELS
from mockserver.scenarios.format.values import one_of

_WHEN = Ref("when", lambda: WHEN)
_ANSWERS = ListOf(ANSWER_OR_TEXT, "a list of answers", least=1)
TURNS = Record(
    "turns",
    {
        "from": Field(
            one_of(("user", "start")),
            "where counting begins: `user`, the last user text (the default), or `start`, the conversation's start",
        ),
        "answers": Field(_ANSWERS, "the list of answers"),
    },
    needed=("answers",),
    marks=("from", "answers"),
)


def _leave_to_loader(*keys: str, how: str) -> Rule:
    """A rule about the keys that are there. The loader checks it, with complaints of its own."""
    return Rule(lambda *_: None, {how: [{"required": [key]} for key in keys]})


SCRIPTS = ("reply", "turns", "calls")
SCENARIO = Record(
    "a scenario",
    {
        "name": Field(
            STRING,
            "its name in logs, journal and messages; by default the file's name and a number. "
            "Names are unique over all files",
        ),
        "description": Field(Anything(), "a remark for readers"),
        "when": Field(_WHEN, "what must hold of a request, all of it; leave out for always"),
        "reply": Field(ANSWER_OR_TEXT, "the answer, always the same"),
        "turns": Field(
            Either((_ANSWERS, TURNS), "a list of answers, or {from, answers}"),
            "a list: the first answer to a user text, the second …; from the start of the conversation with "
            "`{from: start, answers: […]}`",
        ),
        "calls": Field(_ANSWERS, "a list: the first answer of this scenario in a session, the second …"),
        "priority": Field(Whole(), "a whole number, 0 by default; higher ones are tried first"),
    },
)

_SCENARIO_REF = Ref("scenario", lambda: Ruled(SCENARIO, (_leave_to_loader(*SCRIPTS, how="oneOf"), HELD_TO_KEYS)))

# The fields of an answer that a file can give to all of its answers.
DEFAULT_KEYS = ("headers", "usage", "model", "container", "extra", "pace", "enforce_limits", "literal")
_DEFAULT_ANSWER = Record("defaults.answer", {key: FIELDS[key] for key in DEFAULT_KEYS})
DEFAULT_ANSWER = WithPlaceholders(_DEFAULT_ANSWER)
LITERAL_DEFAULT_ANSWER = WithoutPlaceholders(_DEFAULT_ANSWER)
DEFAULTS = Record(
    "defaults",
    {
        "when": Field(_WHEN, "conditions, by key"),
        "answer": Field(DEFAULT_ANSWER, "some keys of an answer"),
        "priority": SCENARIO.fields["priority"],
    },
)
WEB_SEARCH = Record(
    "web_search",
    {
        "unsupported_countries": Field(
            ListOf(
                Text("a country code", pattern="[A-Z]{2}", form="a country code such as SG"),
                "a list of country codes",
                null=True,
            ),
            "country codes that `user_location` may not name",
        ),
        "inaccessible_domains": Field(
            ListOf(
                Text("a domain", pattern=r"[^\s/:.]+(?:\.[^\s/:.]+)+", form="a domain such as example.com"),
                "a list of domains",
                null=True,
            ),
            "domains that `allowed_domains` may not name, nor any below them",
        ),
    },
)
# A path or a glob.
PATH = Text("a path")
FILE = Record(
    "a scenario file",
    {
        "scenarios": Field(
            ListOf(
                _SCENARIO_REF,
                'a list of scenarios, each beginning with "- "',
                null=True,
            ),
            "the list of scenarios",
        ),
        "include": Field(
            OneOrMany(PATH),
            "more files, by path or glob from this file's folder; their scenarios come after this file's own, "
            "and each file is loaded once",
        ),
        "defaults": Field(
            Ref("defaults", lambda: DEFAULTS),
            "for all scenarios of this file that do not say otherwise: `when` (by key), `answer` "
            "(`headers`, `usage`, `model`, `container`, `extra`, `pace`, `enforce_limits`, `literal`) and `priority`",
        ),
        "tool_schemas": Field(
            MapOf(OBJECT), "the input schemas of tools by name, for [`mockserver check`](#checking-fixtures)"
        ),
        "web_search": Field(
            Ref("web_search", lambda: WEB_SEARCH),
            "what web search refuses besides what is known to be refused: `unsupported_countries` (codes) and "
            "`inaccessible_domains`",
        ),
        "batches": Field(
            Ref("batches", lambda: BATCHES),
            "how [message batches](batches.md) go on: when they end, what fails, expires",
        ),
        "models": Field(MODELS, "[models](#models) by id, to add or to change"),
        "files": Field(
            Ref("files", lambda: FILES),
            "[files of the Files API](#files-of-the-files-api), which every session finds: `{id, path}` and more",
        ),
        "cassette": Field(
            Ref("cassette", lambda: CASSETTE),
            "what makes it one that was [recorded](recording.md): its side file, `exchanges`",
        ),
        "match": Field(
            Ref("match", lambda: MATCH),
            "in a cassette, what of a request may differ from the recorded one: `ignore`, `volatile`, `redact`",
        ),
        "replay": Field(
            REPLAY,
            "in a cassette, how answers are given: `content` (as the file says, at once), `paced` (in the times in "
            "which they came) or `exact` (byte for byte)",
        ),
        "lifecycle": Field(
            LIFE,
            "the day on which models are what they are: `release` (that of the catalogue, the default), `today`, or a "
            "day such as `2026-12-24`; the server's setting of that name comes first",
        ),
    },
    prefix="x-",
)
WHOLE_FILE = Ruled(FILE, (_leave_to_loader(*FILE.fields, how="anyOf"),))

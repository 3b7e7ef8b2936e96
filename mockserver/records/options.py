"""The options of the commands, each once: as option, variable, key of the config file and row of the docs.

The command line, ``mockserver config``, the config file, its JSON Schema and the table of docs/config.md come from it.
A new option is a row here; one that describes the server is a field of ``Settings`` of the same name besides.
"""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.records.functions import TIMEOUT
from mockserver.records.option import Option
from mockserver.records.settings import CHOICES
from mockserver.records.specs import EnumOf, Field, Flag, Number, OneOrMany, Record, Text, Whole

# Processes that share a store.
MOST_WORKERS = 100


def _one_of(key: str) -> EnumOf:
    return EnumOf(CHOICES[key], " or ".join(CHOICES[key]), f"value of {key}")


_ALL = ("serve", "run", "pytest")
_TEXTS = OneOrMany(Text(), least=0)
_ROWS = (
    Option(
        "fixtures",
        OneOrMany(Text("a path"), least=0),
        "Scenario files and folders.",
        default=(),
        users=(*_ALL, "check"),
        argument=True,
        path="any",
        shown="none: every answer is generated",
    ),
    Option("examples", Flag(), "The example fixtures too.", default=False, users=_ALL),
    Option("host", Text(), "The address to listen on.", default="127.0.0.1"),
    Option(
        "port",
        Whole(0, 65535, "a port from 0 to 65535"),
        "The port; 0 picks a free one.",
        default=8000,
        for_run=0,
    ),
    Option(
        "profile",
        _one_of("profile"),
        "How strict about headers and models: as relay gateways are, or as the real API.",
        default="relay",
        users=_ALL,
    ),
    Option(
        "gateway",
        Text(),
        "The relay gateway to be like: new-api, one-api, or a YAML file that describes one.",
        default="",
        users=(*_ALL, "check"),
        metavar="NAME|FILE",
        path="gateway",
        shown="none",
    ),
    Option(
        "unmatched",
        _one_of("unmatched"),
        "What answers if no scenario fits: a generated reply, an error, or (auto) an error where there are cassettes.",
        default="auto",
        users=_ALL,
    ),
    Option(
        "validation",
        _one_of("validation"),
        "Refuse what the API refuses, only record it, or do not look.",
        default="strict",
        users=_ALL,
    ),
    Option("seed", Whole(), "Chooses ids, generated texts, chunk sizes.", default=0, users=_ALL),
    Option("pace", _one_of("pace"), "How fast answers leave.", default="none", users=_ALL),
    Option(
        "tool_use",
        _one_of("tool_use"),
        "Tools that generated answers call: of the API's own those asked for; one or all once for a text; none.",
        default="asked",
        users=_ALL,
    ),
    Option(
        "lifecycle",
        Text(),
        "The day that decides which models are retired: release (that of the catalogue), today, or a day.",
        default="",
        users=_ALL,
        metavar="WHEN",
        shown="release",
    ),
    Option(
        "function_timeout",
        Number("a number of seconds", above=0),
        "How long a function in a .py fixture may take for an answer, in seconds.",
        default=TIMEOUT,
        users=_ALL,
        metavar="SECONDS",
    ),
    Option(
        "api_keys",
        _TEXTS,
        "A key to accept; repeat for more. None given: any key.",
        default=(),
        flag="api-key",
        secret=True,
        shown="any key",
    ),
    Option(
        "accepted_betas",
        _TEXTS,
        "A value of anthropic-beta to accept besides the known ones; repeat for more.",
        default=(),
        users=_ALL,
        flag="accept-beta",
        metavar="NAME",
    ),
    Option(
        "prefixes",
        _TEXTS,
        "A path such as /anthropic below which the API is found too, and below no other; repeat for more.",
        default=(),
        users=_ALL,
        flag="prefix",
        metavar="PATH",
        shown="with profile relay any, with anthropic none",
    ),
    Option(
        "allowed_hosts",
        _TEXTS,
        "A host name besides loopback that may reach /_mock/.",
        default=(),
        flag="allowed-host",
    ),
    Option(
        "allowed_origins",
        _TEXTS,
        "An origin whose pages may use /_mock/; repeat for more.",
        default=(),
        flag="allowed-origin",
    ),
    Option(
        "control_token",
        Text(),
        "What /_mock/ asks for.",
        default="",
        metavar="TOKEN",
        shown="none on loopback, else one made up",
        secret=True,
    ),
    Option("no_control_token", Flag(), "/_mock/ asks for no token, whoever can reach it.", default=False, off=False),
    Option(
        "ssl_certfile",
        Text("a path"),
        "Speak https with this certificate (PEM, with its chain).",
        default="",
        metavar="FILE",
        path="file",
        shown="none: http",
    ),
    Option(
        "ssl_keyfile",
        Text("a path"),
        "The certificate's key (PEM).",
        default="",
        metavar="FILE",
        path="file",
        shown="it stands in the certificate's file",
    ),
    Option(
        "ssl_keyfile_password",
        Text(),
        "The password of that key.",
        default="",
        metavar="TEXT",
        secret=True,
        shown="none",
    ),
    Option("reload", Flag(), "Load fixtures anew when one is saved.", default=False),
    Option(
        "allow_edit",
        Text("a path"),
        "Let /_mock/ write the scenario files (.yaml, .yml) in this folder, and in those below it.",
        default="",
        metavar="DIR",
        path="folder",
        shown="no file is written",
    ),
    Option(
        "store",
        Text("memory, a path, or valkey://HOST"),
        "Where sessions, journal, scripts, batches and files are kept: memory, a folder, which outlives a server, "
        "or an engine that several servers share, valkey://HOST[:PORT]?name=NAME&files=DIR.",
        default="memory",
        metavar="memory|DIR|URL",
        path="store",
    ),
    Option(
        "keep",
        Text(),
        "How long such a folder keeps what nobody uses: a time such as 12h or 7d, or always.",
        default="7d",
        metavar="TIME",
    ),
    Option(
        "workers",
        Whole(1, MOST_WORKERS, "a whole number from 1 to 100"),
        "Processes behind the port; they share one store.",
        default=1,
        users=("serve",),
    ),
    Option(
        "replay",
        _one_of("replay"),
        "How answers of cassettes are given: as their file says; their content at once; in the times in which they "
        "came; or byte for byte.",
        default="file",
        users=_ALL,
    ),
    Option(
        "record",
        Text("a path"),
        "Forward what no scenario answers to the upstream, and record it in this folder.",
        default="",
        metavar="DIR",
        path="record",
        shown="nothing is recorded",
    ),
    Option(
        "upstream",
        Text("a URL"),
        "The server that is recorded.",
        default="",
        users=_ALL,
        metavar="URL",
        shown="$ANTHROPIC_BASE_URL, else https://api.anthropic.com",
    ),
    Option(
        "record_mode",
        _one_of("record_mode"),
        "Record when the folder holds no cassette yet; what is new; all anew; nothing. By default what is new, and "
        "nothing where CI is set.",
        default="auto",
    ),
    Option("record_errors", Flag(), "Record what failed, too.", default=False, users=_ALL),
    Option(
        "forward_auth",
        Flag(),
        "Send the client's own key to the upstream, not ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN of the environment.",
        default=False,
        users=_ALL,
    ),
    Option(
        "redact",
        _TEXTS,
        "What to take out of recordings besides secrets: a regular expression, or a JSONPath ($...); repeat for more.",
        default=(),
        users=_ALL,
        metavar="PATTERN",
    ),
    Option("quiet", Flag(), "No banner, no access log; with run no line about the address.", default=False, short="q"),
    Option("report", Text("a path"), "Write what happened to this file, as JSON.", users=("run",), path="out"),
    Option("html", Text("a path"), "Write what happened to this file, as a page.", users=("run",), path="out"),
    Option("junit", Text("a path"), "Write what happened to this file, as JUnit XML.", users=("run",), path="out"),
)
OPTIONS: Mapping[str, Option] = {option.key: option for option in _ROWS}
# Of these the one that is given by somebody nearer stands, and switches the other off.
RIVALS = ("control_token", "no_control_token")


def options_of(user: str) -> dict[str, Option]:
    """The options that a command takes, by key."""
    return {key: option for key, option in OPTIONS.items() if user in option.users}


def _make_fields(options: Mapping[str, Option]) -> dict[str, Field]:
    return {key: Field(option.spec, option.help) for key, option in options.items()}


# Below these keys stand options for one of those who read the file; they win over the same key above them.
USERS = {
    "serve": "Options for mockserver serve alone.",
    "run": "Options for mockserver run alone.",
    "pytest": "Options for the pytest plugin alone.",
}
CONFIG_FILE = Record(
    "the config",
    {
        **_make_fields(OPTIONS),
        **{user: Field(Record(user, _make_fields(options_of(user))), help_) for user, help_ in USERS.items()},
    },
    prefix="x-",
)

"""The keys of a scenario file that was recorded: where its exchanges are, how requests match them, how they replay."""

from __future__ import annotations

from mockserver.recordings.cassette import IGNORABLE, REPLAYS
from mockserver.records.specs import STRING, Field, ListOf, OneOrMany, Record, Text, Whole
from mockserver.scenarios.format.values import one_of

CASSETTE = Record(
    "cassette",
    {
        "exchanges": Field(
            Text("a path"), "its side file, from this file's folder, with each exchange as it was recorded"
        ),
        "recorded": Field(STRING, "the time of the newest exchange: `2026-11-30T16:20:11Z`"),
        "upstream": Field(STRING, "the server that was recorded"),
        "version": Field(Whole(1, 1, "1"), "of this form, 1"),
    },
    needed=("exchanges",),
    expect="a mapping of a cassette, with its exchanges",
)
_PATTERNS = OneOrMany(Text("a regular expression"), least=0)
MATCH = Record(
    "match",
    {
        "ignore": Field(
            ListOf(one_of(IGNORABLE), "a list of parts of a request"),
            f"parts that may differ: {', '.join(f'`{each}`' for each in IGNORABLE)}",
        ),
        "volatile": Field(_PATTERNS, "regular expressions: what they find in texts may differ"),
        "redact": Field(
            _PATTERNS, "what was taken out when it was recorded: regular expressions, or JSONPaths that begin with `$`"
        ),
    },
    expect="a mapping of how requests match, such as {ignore: [ids, dates]}",
)
REPLAY = one_of(REPLAYS)

"""Hints for texts that are no YAML: the parser names the problem, but rarely its solution."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from mockserver.records.masks import is_secret
from mockserver.records.suggesting import find_similar
from mockserver.scenarios.reading.lines import Lines
from mockserver.scenarios.reading.quoting import quote

_LONG_LINE = 1_000
# A key without the space behind its colon.
_COLON = re.compile(r"\s*(?:- +)?(\w+):(?=[^\s:/])")
# A text in no quotes cannot begin with these.
_SIGNS = {*"@`%,]}"}
QUOTES = "a text that begins with {} needs quotes"
# A part of the parser's words, and the help for it.
HINTS = (
    ("while scanning a tag", QUOTES.format("!")),
    ("found another document", "a file holds one document: put what follows --- into a file of its own"),
    ("while scanning an alias", QUOTES.format("*")),
    ("while scanning an anchor", QUOTES.format("&")),
    ("while scanning a directive", QUOTES.format("%")),
    (
        "while scanning a block scalar",
        "a text begins on the line after | or >; with one of these in it, it needs quotes",
    ),
    ("escape character", "in double quotes \\ begins an escape: put the text in single quotes"),
    ("quoted scalar", "the quotes that open here are not closed"),
    ("block sequence entries", 'a list begins on a line of its own; a text that begins with "- " needs quotes'),
    ("mapping keys are not allowed", QUOTES.format("?")),
    ("expected '-' indicator", "lines of one list begin in the same column"),
    (
        "mapping values are not allowed",
        'write "key: value" and "- item" with a space, and put a text with ": " in quotes',
    ),
    ("did not find expected key", "keys of one mapping begin in the same column"),
)


class Spot(Struct, frozen=True):
    """Where the parser gave up.

    Args:
        words: its complaint.
        lines: the text.
        line: the line of the complaint, counted from 0.
        column: the column there, counted from 0.
        start: the line where what it was reading begins, if that is known.
        start_column: the column there.
    """

    words: str
    lines: Lines
    line: int
    column: int
    start: int | None = None
    start_column: int = 0

    @property
    def before(self) -> str:
        """The line up to the complaint."""
        return self.lines.line(self.line)[: self.column]

    @property
    def rest(self) -> str:
        """The line from the complaint on."""
        return self.lines.line(self.line)[self.column :]

    @property
    def is_in_brackets(self) -> bool:
        """Whether a list or mapping in brackets was being read."""
        return "flow" in self.words

    def show(self, text: str) -> str:
        """A text of the line in quotes, behind a colon; nothing when a name on the line is that of a secret."""
        names = re.findall(r"([\w-]+)[\"']?[ \t]*:", self.lines.line(self.line))
        return "" if any(map(is_secret, names)) else f": {quote(text)}"


def hint(spot: Spot) -> str:
    """The help for a complaint of the parser; empty when none is known."""
    # To search a long line may take long.
    is_long = max(len(spot.lines.line(number)) for number in (spot.line, spot.line - 1, spot.start or 0)) > _LONG_LINE
    return next((help_ for find in ((_find_words,) if is_long else _FINDERS) if (help_ := find(spot))), "")


def _find_indicator(spot: Spot) -> str:
    if "tab character" in spot.words or spot.rest[:1] == "\t":
        return "indent with spaces, not tabs"
    is_sign = any(words in spot.words for words in ("cannot start any token", "expected node content"))
    return QUOTES.format(spot.rest[:1]) if is_sign and spot.rest[:1] in _SIGNS and not spot.is_in_brackets else ""


def _find_alias(spot: Spot) -> str:
    if "undefined alias" not in spot.words:
        return ""
    name = re.match(r"\*([^\s,\]}]+)", spot.rest)
    anchors = [anchor for line in spot.lines.lines for anchor in re.findall(r"(?:^|[\s,\[{])&([^\s,\]}]+)", line)]
    near = find_similar(name[1], anchors) if name else None
    return f"did you mean *{near}?" if near else f"{QUOTES.format('*')}, and *name needs an anchor &name before it"


def _find_comment(spot: Spot) -> str:
    """A comment that hides the end of a list or mapping in brackets."""
    if not spot.is_in_brackets or spot.start is None:
        return ""
    line = spot.lines.line(spot.start)[spot.start_column :]
    found = re.match(r"((?:[^\"'#]|\S#|\"[^\"]*\"|'[^']*')*?)[ \t]#(.*)", line)
    if not found or not any(_count(found[1], pair) > 0 > _count(found[2], pair) for pair in ("[]", "{}")):
        return ""
    return '" #" begins a comment: put a text that holds it in quotes'


def _find_ended_text(spot: Spot) -> str:
    """A line that goes on with a text without quotes, which a comment on the line before has ended."""
    is_late = "could not find expected ':'" in spot.words and spot.start is not None
    if not is_late and not re.search("did not find expected (key|'-' indicator)", spot.words):
        return ""
    number = spot.start if is_late and spot.start is not None else spot.line
    own, earlier = spot.lines.line(number), spot.lines.line(number - 1)
    is_key = re.match(r"\s*(?:- +)?[\w.-]+:(?:\s|$)", own)
    if is_key or spot.is_in_brackets or len(own) - len(own.lstrip()) < len(earlier) - len(earlier.lstrip()):
        return ""
    value = re.sub(r"^\s*(?:- +)*(?:[\w.-]+:(?:\s+|$))?", "", earlier)
    is_ended = value[:1] not in {*"#\"'|>[{"} and re.search(r"\S[ \t]+#", value)
    return '" #" begins a comment, and ends a text without quotes: put the text in quotes' if is_ended else ""


def _count(text: str, pair: str) -> int:
    """How many brackets a text leaves open; below 0 how many it closes besides."""
    return text.count(pair[0]) - text.count(pair[1])


def _find_placeholder(spot: Spot) -> str:
    before = re.sub(r"\"[^\"]*\"|'[^']*'", "", spot.before)
    if "{{" not in before and not spot.rest.startswith("{{"):
        return ""
    text = "" if spot.is_in_brackets else _find_value(spot)
    return "put a text that holds {{ … }} in quotes" + (text and spot.show(text))


def _find_value(spot: Spot) -> str:
    """The value of the line, up to its end."""
    found = re.match(r"\s*(?:- +)*(?:[\w.-]+: +)?(.*?)\s*$", spot.lines.line(spot.line))
    return found[1] if found else ""


def _find_pattern(spot: Spot) -> str:
    """A pattern without quotes that the complaint stands in."""
    for found in re.finditer(r"(?:[\[{,:]|^)\s*(/[^\n]*?/[gimsux]*)(?=\s*(?:[,}\]]|$))", spot.lines.line(spot.line)):
        if found.start(1) < spot.column < found.end(1):
            return f"put the pattern in quotes{spot.show(found[1])}"
    return ""


def _find_quotes(spot: Spot) -> str:
    """A text that is partly in quotes or brackets."""
    last = spot.before.rstrip()[-1:]
    if "expected" not in spot.words or not spot.rest.strip() or spot.rest.startswith("-") or spot.before.strip() == "":
        return ""
    if last == "'" and spot.rest[:1].isalnum() and spot.before.endswith("'"):
        return "in single quotes ' is written twice"
    if last in ('"', "'"):
        return "a text that is partly in quotes needs quotes around all of it"
    return QUOTES.format("[" if last == "]" else "{") + " around all of it" if last in ("]", "}") else ""


def _find_brackets(spot: Spot) -> str:
    """A text in brackets that holds what is a sign there, or brackets that stay open."""
    if not spot.is_in_brackets or spot.start is None:
        return ""
    if spot.line > spot.start:
        return "what opens here is not closed"
    if spot.rest.startswith("- ") and not spot.before.strip():
        return "brackets that open before it are not closed"
    sign = spot.rest[:1]
    if sign and sign in "]}":
        return f"brackets that open before it are not closed, or a text that holds {sign} needs quotes"
    return f"a text that holds {sign} needs quotes here" if sign and sign in "[{:" else ""


def _find_spaces(spot: Spot) -> str:
    """A colon or a dash without the space behind it, or a line that is indented too far."""
    if "mapping values" not in spot.words and "'-' indicator" not in spot.words:
        return ""
    for number in (spot.line, spot.line - 1):
        line = spot.lines.line(number)
        if dash := re.match(r"\s*-([A-Za-z_]\w*)(?=:)", line):
            return f"a dash needs a space behind it: - {dash[1]}"
        if number < spot.line and (colon := _COLON.match(line)):
            return f"a colon needs a space behind it: {colon[1]}: …"
    key = re.match(r"\s*(?:- +)*([\w.-]+)$", spot.before)
    if key and _indent(spot.line, spot) > _indent(spot.line - 1, spot):
        return "this line is indented further than the keys before it"
    if re.match(r"[a-z_]+: ", _find_value(spot)):
        return 'a mapping begins on a line of its own, or stands in { }; a text that holds ": " needs quotes'
    is_text = not key and "mapping values" in spot.words
    return f'put a text that holds ": " in quotes{spot.show(_find_value(spot))}' if is_text else ""


def _indent(line: int, spot: Spot) -> int:
    """The column of the first key of a line."""
    found = re.match(r"[\s-]*", spot.lines.line(line))
    return found.end() if found else 0


def _find_colon(spot: Spot) -> str:
    """A line that is neither a key with a value nor a part of a text."""
    if "could not find expected ':'" not in spot.words or spot.start is None:
        return ""
    if re.search(r": +[|>][-+0-9]*\s*$", spot.lines.line(spot.start - 1)):
        return "the text of | and > is indented further than its key"
    if colon := _COLON.match(spot.lines.line(spot.start)):
        return f"a colon needs a space behind it: {colon[1]}: …"
    key = re.match(r"\s*(?:- +)?(\w+)(?=\s|$)", spot.lines.line(spot.start))
    return f"a key needs a colon behind it: {key[1]}: …" if key else ""


def _find_words(spot: Spot) -> str:
    return next((help_ for part, help_ in HINTS if part in spot.words), "")


# What may be wrong, the surest first.
_FINDERS: tuple[Callable[[Spot], str], ...] = (
    *(_find_indicator, _find_alias, _find_comment, _find_ended_text, _find_placeholder, _find_pattern, _find_quotes),
    *(_find_brackets, _find_spaces, _find_colon, _find_words),
)


# Words that people use for keys of ours.
SYNONYMS = {
    "answer": "reply",
    "args": "input",
    "arguments": "input",
    "assistant": "reply",
    "condition": "when",
    "delay": "pace",
    "file": "text",
    "if": "when",
    "latency": "pace",
    "match": "when",
    "message": "user",
    "messages": "any_message",
    "output": "reply",
    "parameters": "input",
    "prompt": "user",
    "repeat": "times",
    "request": "when",
    "respond": "reply",
    "response": "reply",
    "responses": "calls",
    "sequence": "calls",
    "status": "error",
    "status_code": "status",
    "steps": "turns",
    "tool_call": "tool_use",
    "tool_calls": "tool_use",
    "wait": "pace",
}

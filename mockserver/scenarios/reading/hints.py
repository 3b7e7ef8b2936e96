"""Hints for texts that are no YAML: the parser names the problem, but rarely its solution."""

from __future__ import annotations

QUOTES = "a text that begins with {} needs quotes"
# A part of the parser's words, and the help for it.
HINTS = (
    ("found another document", "a file holds one document: put what follows --- into a file of its own"),
    (
        "mapping values are not allowed",
        'write "key: value" and "- item" with a space, and put a text with ": " in quotes',
    ),
    ("undefined alias", QUOTES.format("*") + ", and *name needs an anchor &name before it"),
    ("while scanning an alias", QUOTES.format("*")),
    ("while scanning an anchor", QUOTES.format("&")),
    ("while scanning a directive", QUOTES.format("%")),
    ("quoted scalar", "the quotes that open here are not closed"),
    ("expected '-' indicator", "lines of one list begin in the same column"),
    ("did not find expected key", "keys of one mapping begin in the same column"),
)


def hint(words: str, character: str) -> str:
    """The help for a complaint of the parser about a character; empty when none is known."""
    if "cannot start any token" in words:
        return "indent with spaces, not tabs" if character == "\t" else QUOTES.format(character)
    return next((help_ for part, help_ in HINTS if part in words), "")


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

"""Token counts by formula: linear in the text, fitted to recorded usage, with no tokenizer.

A text is mapped to one class a character (letter, digit, mark, line end, script) and the classes are counted; a table
of rates for each generation of tokenizers turns the counts into tokens. The count of a request is the same for
count_tokens and for the usage of an answer, so the two always agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any

import orjson

from mockserver import media
from mockserver.catalog import Model

Block = Mapping[str, Any]


@dataclass(frozen=True)
class Rates:
    """Tokens for each thing counted. Fitted to recorded exchanges; scripts that none holds are estimated."""

    word: float
    # Each further six letters of a long word.
    piece: float
    digit: float
    # A space before a digit.
    gap: float
    mark: float
    line: float
    # A character of: Cyrillic or Greek; Arabic or Hebrew; Chinese or Japanese; Korean; Indic, Thai and the like;
    # a symbol; an emoji.
    cyrillic: float
    arabic: float
    han: float
    hangul: float
    indic: float
    symbol: float
    emoji: float
    message: float
    base: float
    # A tool's own share, and a character of its name, description and schema.
    tool: float
    tool_char: float
    # A tool_use block and a character of its input; a tool_result and a character of it.
    use: float
    use_char: float
    result: float
    result_char: float
    # The same in an answer, and the share of an answer that has text.
    said: float
    said_use: float
    said_char: float


OLD = Rates(
    word=1.0, piece=0.45, digit=1.15, gap=1.0, mark=0.75, line=1.0,
    cyrillic=0.45, arabic=0.6, han=1.05, hangul=1.1, indic=0.9, symbol=1.5, emoji=2.5,
    message=3.0, base=4.3, tool=14, tool_char=0.285, use=30, use_char=0.4, result=24, result_char=0.29,
    said=3, said_use=27, said_char=0.45,
)  # fmt: skip
NEW = Rates(
    word=0.95, piece=2.5, digit=0.8, gap=1.0, mark=1.17, line=1.0,
    cyrillic=0.6, arabic=0.75, han=1.15, hangul=1.25, indic=1.0, symbol=1.7, emoji=2.8,
    message=1.5, base=6.0, tool=12, tool_char=0.46, use=30, use_char=0.5, result=24, result_char=0.38,
    said=5, said_use=21.7, said_char=0.305,
)  # fmt: skip
RATES = {"old": OLD, "new": NEW}

# A switched-on manual thinking (recorded: count_tokens 14 → 43), and a small JSON format (15 → 211).
THINKING = 29
FORMAT = 180
# What an image costs whose size cannot be read (a URL, a file).
UNKNOWN_IMAGE = 1500
# A page of a PDF: its text and its picture.
PAGE = 2000
# Bytes of hidden thinking a token (source: recorded, omitted display), and bytes of a signature that are no thought.
HIDDEN = 3.4
SIGNATURE = 250
# Texts up to this length are remembered: tests send the same prompts again and again.
SHORT = 2000


def count_request(body: Mapping[str, Any], model: Model) -> int:
    """The input tokens of a messages or count_tokens request, at least 1; never fails on a valid body."""
    rates = RATES[model.tokenizer]
    total = rates.base + _content(body.get("system") or (), rates, model)
    messages: Sequence[Mapping[str, Any]] = body.get("messages") or ()
    forgotten = _forgotten(messages) if model.preserves_thinking == "last" else 0
    for index, message in enumerate(messages):
        content = message.get("content") or ()
        total += rates.message
        if isinstance(content, str):
            total += text_tokens(content, rates)
        else:
            total += _content(_without_thoughts(content) if index < forgotten else content, rates, model)
    if body.get("tools"):
        total += _tools(body, rates, model)
    return max(1, ceil(total + _options(body, rates)))


def count_output(content: Iterable[Block], model: Model) -> tuple[int, int]:
    """The output tokens of an answer's blocks, at least 1, and how many of them were thought.

    ``content`` holds the thoughts in full, also those that the answer will omit.
    """
    rates = RATES[model.tokenizer]
    total = thought = 0.0
    has_text = False
    for block in content:
        kind = block.get("type")
        if kind == "text":
            has_text = True
            total += text_tokens(block.get("text") or "", rates)
        elif kind in ("thinking", "redacted_thinking"):
            thought += _thought(block, rates, model)
        elif kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
            total += rates.said_use + rates.said_char * (len(_dump(block.get("input") or {})) + len(block["name"]))
    whole = ceil(thought)
    return max(1, ceil(total + rates.said * has_text)) + whole, whole


def text_tokens(text: str, rates: Rates) -> float:
    """The tokens of one text."""
    return _remembered(text, rates) if len(text) <= SHORT else _measure(text, rates)


# Texts ---------------------------------------------------------------------------------------------------------

# First bytes of UTF-8 characters by class; continuation bytes are deleted, so that one byte stands for a character.
_CLASSES = (
    ("a", range(0xC3, 0xCE)),
    ("c", range(0xCE, 0xD5)),
    ("r", range(0xD5, 0xE0)),
    ("i", range(0xE0, 0xE2)),
    ("s", (0xC2, 0xE2, 0xEE)),
    ("j", (*range(0xE3, 0xEA), 0xEF)),
    ("k", range(0xEA, 0xEE)),
    ("e", range(0xF0, 0x100)),
    ("a", (*b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",)),
    ("d", (*b"0123456789",)),
    ("n", (*b"\n\r\t",)),
    (" ", b" "),
)
_CLASS_OF = {byte: ord(name) for name, members in _CLASSES for byte in members}
_TABLE = bytes(_CLASS_OF.get(byte, ord("p")) for byte in range(256))
_LETTERS = bytes(ord("a") if name == ord("a") else ord(" ") for name in _TABLE)
_CONTINUATION = bytes(range(0x80, 0xC0))


def _measure(text: str, rates: Rates) -> float:
    raw = text.encode("utf-8", "surrogatepass")
    others = 0.0
    if len(raw) != len(text):
        raw = raw.translate(None, _CONTINUATION)
        others = _scripts(raw.translate(_TABLE), rates)
    # The first letter of each word becomes "b", so that runs of "a" are the rest of words.
    letters = (b" " + raw.translate(_LETTERS)).replace(b" a", b" b")
    classes = raw.translate(_TABLE)
    return (
        others
        + rates.word * letters.count(b"b")
        + rates.piece * letters.count(b"aaaaaa")
        + rates.digit * classes.count(b"d")
        + rates.gap * classes.count(b" d")
        + rates.mark * classes.count(b"p")
        + rates.line * (classes.count(b"n") - classes.count(b"nn"))
    )


_remembered = lru_cache(maxsize=4096)(_measure)


def _scripts(classes: bytes, rates: Rates) -> float:
    return (
        rates.cyrillic * classes.count(b"c")
        + rates.arabic * classes.count(b"r")
        + rates.han * classes.count(b"j")
        + rates.hangul * classes.count(b"k")
        + rates.indic * classes.count(b"i")
        + rates.symbol * classes.count(b"s")
        + rates.emoji * classes.count(b"e")
    )


# Blocks --------------------------------------------------------------------------------------------------------


def _content(content: str | Iterable[Block], rates: Rates, model: Model) -> float:
    if isinstance(content, str):
        return text_tokens(content, rates)
    total = 0.0
    for block in content:
        total += _COUNTS.get(block.get("type", ""), _other)(block, rates, model)
    return total


def _text(block: Block, rates: Rates, _: Model) -> float:
    return text_tokens(block.get("text") or "", rates)


def _image(block: Block, _: Rates, model: Model) -> float:
    data = (block.get("source") or {}).get("data")
    image = media.picture(data) if isinstance(data, str) else None
    if image is None:
        return UNKNOWN_IMAGE
    return media.patches(*media.fit(image.width, image.height, model.image_edge, model.image_tokens)) + 3


def _document(block: Block, rates: Rates, model: Model) -> float:
    source = block.get("source") or {}
    total = text_tokens(f"{block.get('title') or ''} {block.get('context') or ''}", rates)
    kind = source.get("type")
    if kind == "text":
        return total + text_tokens(source.get("data") or "", rates)
    if kind == "content":
        return total + _content(source.get("content") or (), rates, model)
    # Pages show in the file's size only roughly: some 50 kB of base64 each.
    return total + PAGE * ceil(len(source.get("data") or "x") / 50_000)


def _use(block: Block, rates: Rates, _: Model) -> float:
    return rates.use + rates.use_char * len(_dump(block.get("input") or {}))


def _result(block: Block, rates: Rates, model: Model) -> float:
    content = block.get("content") or ()
    if isinstance(content, str):
        return rates.result + rates.result_char * len(content)
    return rates.result + _content(content, rates, model)


def _thought(block: Block, rates: Rates, _: Model) -> float:
    if text := block.get("thinking"):
        return text_tokens(text, rates)
    hidden = len(block.get("signature") or block.get("data") or "") * 3 // 4 - SIGNATURE
    return max(0, hidden) / HIDDEN


def _other(block: Block, rates: Rates, _: Model) -> float:
    return rates.result_char * len(_dump(block))


_COUNTS: dict[str, Callable[[Block, Rates, Model], float]] = {
    "text": _text,
    "image": _image,
    "document": _document,
    "tool_use": _use,
    "server_tool_use": _use,
    "mcp_tool_use": _use,
    "tool_result": _result,
    "mcp_tool_result": _result,
    "thinking": _thought,
    "redacted_thinking": _thought,
}


# The rest of a request -----------------------------------------------------------------------------------------


def _tools(body: Mapping[str, Any], rates: Rates, model: Model) -> float:
    is_forced = (body.get("tool_choice") or {}).get("type") in ("any", "tool")
    total: float = model.tool_base[is_forced]
    for tool in body["tools"]:
        schema = tool.get("input_schema")
        said = len(tool.get("name") or "") + len(tool.get("description") or "") + (len(_dump(schema)) if schema else 0)
        total += rates.tool + rates.tool_char * said
    return total


def _options(body: Mapping[str, Any], rates: Rates) -> float:
    total = 0.0
    if (body.get("thinking") or {}).get("type") == "enabled":
        total += THINKING
    if asked := (body.get("output_config") or {}).get("format"):
        total += FORMAT + rates.tool_char * len(_dump(asked))
    return total


def _forgotten(messages: Sequence[Mapping[str, Any]]) -> int:
    """How many messages stand before the last real user turn: their thoughts no longer count."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.get("role") == "user" and not _answers_tools(message.get("content")):
            return index
    return 0


def _answers_tools(content: Any) -> bool:
    return isinstance(content, list) and any(block.get("type") == "tool_result" for block in content)


def _without_thoughts(content: Iterable[Block]) -> list[Block]:
    return [block for block in content if block.get("type") not in ("thinking", "redacted_thinking")]


def _dump(value: Any) -> bytes:
    return orjson.dumps(value)

"""Strings that match a regular expression, for the ``pattern`` of a JSON Schema.

Understands literals, classes, groups, alternation, quantifiers, anchors and the common escapes. Lookarounds and back
references are ignored, so the caller checks the result.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random
from types import MappingProxyType

from msgspec import Struct

from mockserver.records.budget import LIMITS, Budget

Maker = Callable[[Random, int], str]

DIGITS = string.digits
WORD = string.ascii_lowercase + string.digits
ANY = string.ascii_letters + string.digits + " -_.,"
PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))
# The most repetitions of an open-ended quantifier.
MOST = 64
# Patterns that require more repetitions than this are refused.
LONGEST = 1000
CLASSES = MappingProxyType(
    {
        "d": DIGITS,
        "w": WORD,
        "s": " ",
        "D": string.ascii_lowercase,
        "W": "-",
        "S": WORD,
    }
)
CONTROL = MappingProxyType({"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"})


def make_match(pattern: str, rng: Random, extra: int = 0, budget: Budget | None = None) -> str:
    """A string that matches ``pattern``; open-ended repetitions take about ``extra`` more than they must.

    Raises ValueError when the pattern is broken, OverBudgetError when the string takes too many steps.
    """
    budget = budget or Budget(LIMITS.generated_steps)
    budget.take_steps(len(pattern))
    reader = _Reader(pattern, budget)
    make = reader.read_alternatives()
    if not reader.is_done:
        raise ValueError(f"unbalanced ')' in pattern {pattern!r}")
    return make(rng, extra)


class _Reader(Struct, eq=False):
    pattern: str
    budget: Budget
    at: int = 0

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.pattern)

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def next(self) -> str:
        if self.is_done:
            raise ValueError(f"pattern {self.pattern!r} ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def take(self, text: str) -> bool:
        found = self.pattern.startswith(text, self.at)
        self.at += len(text) * found
        return found

    def read_alternatives(self) -> Maker:
        branches = [self.read_sequence()]
        while self.take("|"):
            branches.append(self.read_sequence())
        return lambda rng, extra: rng.choice(branches)(rng, extra)

    def read_sequence(self) -> Maker:
        parts: list[Maker] = []
        while not self.is_done and self.peek() not in "|)":
            parts.append(self.read_repetition(self.read_atom()))
        return lambda rng, extra: "".join(part(rng, extra) for part in parts)

    def read_atom(self) -> Maker:
        char = self.next()
        if char in "^$":
            return _make_nothing
        if char == "(":
            return self.read_group()
        if char == "[":
            return _choose_from(self.read_class())
        if char == ".":
            return _choose_from(ANY)
        if char == "\\":
            return self.read_escape()
        return _choose_from(char)

    def read_group(self) -> Maker:
        # (?:...), (?<name>...) and (?P<name>...) are groups; (?=...), (?!...) and the like match no characters.
        looks = any(self.take(mark) for mark in ("?=", "?!", "?<=", "?<!"))
        if not looks and not self.take("?:") and (self.take("?P<") or self.take("?<")):
            while self.next() != ">":
                pass
        inner = self.read_alternatives()
        if not self.take(")"):
            raise ValueError(f"missing ')' in pattern {self.pattern!r}")
        return _make_nothing if looks else inner

    def read_escape(self) -> Maker:
        char = self.next()
        return _make_nothing if char in "bBAzZ" else _choose_from(self.expand_escape(char))

    def expand_escape(self, char: str) -> str:
        """The characters that the escape ``char`` stands for."""
        if char in "ux" and self.peek() != "{":
            code = [self.next() for _ in range(4 if char == "u" else 2)]
            return chr(int("".join(code), 16))
        if char in "pP" and self.take("{"):
            while self.next() != "}":
                pass
            return string.ascii_lowercase
        return CLASSES.get(char) or CONTROL.get(char, char)

    def read_class(self) -> str:
        negated = self.take("^")
        chars = ""
        while self.peek() != "]":
            chars += self.read_class_member()
        self.next()
        return "".join(char for char in PRINTABLE if char not in chars) if negated else chars

    def read_class_member(self) -> str:
        start = self.read_character()
        if len(start) == 1 and self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
            self.next()
            end = self.read_character()
            # A range over a whole script is long; its beginning is enough.
            return "".join(map(chr, range(ord(start), min(ord(end[0]), ord(start) + 200) + 1)))
        return start

    def read_character(self) -> str:
        char = self.next()
        return self.expand_escape(self.next()) if char == "\\" else char

    def read_repetition(self, part: Maker) -> Maker:
        low, high = self.read_quantifier()
        if (low, high) == (1, 1):
            return part
        # A lazy quantifier matches the same strings.
        self.take("?")

        def repeat(rng: Random, extra: int) -> str:
            top = min(low + max(2, extra), MOST * 8) if high is None else min(high, low + max(2, extra))
            bottom = min(top, low + extra)
            count = rng.randint(bottom, top)
            self.budget.take_steps(count)
            return "".join(part(rng, extra) for _ in range(count))

        return repeat

    def read_quantifier(self) -> tuple[int, int | None]:
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self.peek() in simple and not self.is_done:
            return simple[self.next()]
        end = self.pattern.find("}", self.at)
        bounds = self.pattern[self.at + 1 : end].split(",") if self.peek() == "{" and end > 0 else []
        if not 1 <= len(bounds) <= 2 or not bounds[0].isdigit():
            return 1, 1
        self.at = end + 1
        if int(bounds[0]) > LONGEST:
            raise ValueError(f"pattern {self.pattern!r} repeats too often")
        return int(bounds[0]), int(bounds[-1]) if bounds[-1] else None


def _make_nothing(_rng: Random, _extra: int) -> str:
    return ""


def _choose_from(chars: str) -> Maker:
    if not chars:
        raise ValueError("an empty character class matches nothing")
    return lambda rng, _: rng.choice(chars)

"""Whether a name says that its value is a secret."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from mockserver.records.masks.rules import FIELD_NAMES, HARMLESS_NAMES, PARAMETER_NAMES

# Longer texts are no names of headers or variables.
LONGEST_LABEL = 80
# Of a longer name the end is looked at.
_LONGEST_NAME = 200


def is_secret(name: str) -> bool:
    """Whether a header or query parameter of this name holds a secret."""
    return _is_secret(PARAMETER_NAMES, name[-_LONGEST_NAME:])


def is_secret_field(name: str) -> bool:
    """Whether a JSON field of this name holds a secret."""
    return _is_secret(FIELD_NAMES, name[-_LONGEST_NAME:])


def is_secret_label(text: str) -> bool:
    """Whether a text is the name of a secret in a list of names and values: a field's, or a header's with a hyphen."""
    return len(text) <= LONGEST_LABEL and (is_secret_field(text) or ("-" in text and is_secret(text)))


def is_secret_path(path: str) -> bool:
    """Whether a JSONPath leads to, or through, a field that holds a secret."""
    return any(map(is_secret_field, re.findall(r"[\w-]+", path)))


# It holds on to the names it is asked for, which are short therefore.
@lru_cache(maxsize=4096)
def _is_secret(rules: tuple[str, ...], name: str) -> bool:
    words = _split_words(name)
    return _search(rules, words) and not _search(HARMLESS_NAMES, words)


def _split_words(name: str) -> str:
    # A number at the end tells several of one kind apart.
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.sub(r" ?[0-9]+$", "", " ".join(re.findall("[a-z0-9]+", spaced.lower())))


def _search(rules: tuple[str, ...], words: str) -> bool:
    return _compile(rules).search(words) is not None


@cache
def _compile(rules: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rules))

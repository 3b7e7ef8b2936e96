"""The task of a generated reply, shared by its parts: prompt, model, options, language and random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from random import Random
from typing import Any

from msgspec import Struct

from mockserver.compose.generated import language, magic_strings, offered, texts
from mockserver.records.prompt import Prompt
from mockserver.reference import client_tags
from mockserver.reference.catalog import Model


class ReplyTask(Struct, eq=False, dict=True):
    """A reply to generate. ``options`` are those of a scenario's ``generate``, already checked."""

    prompt: Prompt
    model: Model
    options: Mapping[str, Any]
    rng: Random

    @cached_property
    def text(self) -> str:
        """The user text without the API's magic strings and what clients add; the newest, also beside tool results."""
        return self.new_text or client_tags.remove(magic_strings.remove(self.prompt.user))

    @cached_property
    def new_text(self) -> str:
        """The user's text beside the latest results of tools; "" without such a text, or without results."""
        if not self.prompt.tool_results:
            return ""
        said = next(each for each in reversed(self.prompt.messages) if each.get("role") == "user")
        return magic_strings.remove(offered.find_new_text(said))

    @cached_property
    def topic(self) -> str:
        """The user's first words."""
        return texts.shorten(self.text, texts.TOPIC_LENGTH)

    @cached_property
    def phrases(self) -> texts.Phrases:
        """The sentences of the reply's language: the option ``locale``, else the user's, else that of ``system``."""
        locale = self.options.get("locale")
        if locale:
            return texts.find_phrases(locale, self.rng)
        found = language.detect(self.text) or language.detect(self.prompt.system) or "en"
        return texts.read_phrases(found if found in texts.list_languages() else "en")

    def iterate(self, name: str, **slots: object) -> Iterator[str]:
        """An endless series of sentences from the list ``name``, their slots filled in."""
        known = {"topic": self.topic, "model": self.prompt.model, **slots}
        for pattern in texts.iterate_patterns(self.phrases, name, self.rng):
            yield pattern.format_map({**known, "n": self.rng.randint(3, 99)}) if "{" in pattern else pattern

    def pick(self, name: str, **slots: object) -> str:
        """A random sentence of the list ``name``."""
        return next(self.iterate(name, **slots))

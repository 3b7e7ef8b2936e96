"""What the parts of a generated reply share: the prompt, the model, the wishes, the language and the dice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from random import Random
from typing import Any

from msgspec import Struct

from mockserver.compose.generated import language, magic, texts
from mockserver.records.prompt import Prompt
from mockserver.reference.catalog import Model


class Task(Struct, eq=False, dict=True):
    """One generated reply to be written. ``options`` are those of a scenario's ``generate``, already checked."""

    prompt: Prompt
    model: Model
    options: Mapping[str, Any]
    rng: Random

    @cached_property
    def text(self) -> str:
        """The user text without the API's test strings."""
        return magic.strip(self.prompt.user)

    @cached_property
    def topic(self) -> str:
        """The user's first words."""
        return texts.shorten(self.text, texts.TOPIC_LENGTH)

    @cached_property
    def phrases(self) -> texts.Phrases:
        """The sentences of the reply's language: the option ``locale``, else the user's, else that of ``system``."""
        locale = self.options.get("locale")
        if locale:
            return texts.of_locale(locale, self.rng)
        found = language.detect(self.text) or language.detect(self.prompt.system) or "en"
        return texts.phrases(found if found in texts.languages() else "en")

    def lines(self, name: str, **slots: object) -> Iterator[str]:
        """Sentences of the list ``name`` without end, their slots filled in."""
        known = {"topic": self.topic, "model": self.prompt.model, **slots}
        for pattern in texts.patterns(self.phrases, name, self.rng):
            yield pattern.format_map({**known, "n": self.rng.randint(3, 99)}) if "{" in pattern else pattern

    def say(self, name: str, **slots: object) -> str:
        """One sentence of the list ``name``."""
        return next(self.lines(name, **slots))

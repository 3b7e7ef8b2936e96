"""Scripting in Python, with the same words as YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.testing.words import Answer, AnswerWords

Add = Callable[[Mapping[str, Any]], None]


class Scripting:
    """Says what is answered, to every request or to those a ``when`` selects."""

    def __init__(self, add: Add, when: Mapping[str, Any]) -> None:
        self._add = add
        self._when = when

    def reply(self, text: str | None = None, **words: Unpack[AnswerWords]) -> None:
        """Always answer this.

        Args:
            text: the text of the answer.
            words: anything else an answer may say: ``thinking``, ``tool_use``, ``json``, ``usage``, ``pace`` ...

        Raises:
            ScenarioError: a word is misspelled, or its value is none.
        """
        self._script(reply=_answer(text, words))

    def turns(self, answers: Sequence[Answer]) -> None:
        """Answer by the position in the conversation: the first, the one after the first tool results, and so on."""
        self._script(turns=list(answers))

    def calls(self, answers: Sequence[Answer]) -> None:
        """Answer one after the other; then this script has run out."""
        self._script(calls=list(answers))

    def error(self, type: str, **words: Any) -> None:  # noqa: A002  the API's own word
        """Always answer this error.

        Args:
            type: such as ``overloaded_error``.
            words: ``status``, ``message``, ``details``, ``retry_after`` (seconds), ``headers``.
        """
        self._script(reply={"error": {"type": type, **words}})

    def _script(self, **script: Any) -> None:
        self._add({**({"when": dict(self._when)} if self._when else {}), **script})


def _answer(text: str | None, words: Mapping[str, Any]) -> dict[str, Any]:
    return {**({} if text is None else {"text": text}), **words}

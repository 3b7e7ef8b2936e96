"""Scripting in Python, with the same words as YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mockserver.testing.callers import raise_at_call
from mockserver.testing.settings import write_fault
from mockserver.wires import FAULTS

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.testing.names import ErrorType, FaultName
    from mockserver.testing.words import AnswerFunction, ErrorScriptWords, Item, ReplyWords

Add = Callable[[Mapping[str, Any]], None]


# The words of an answer that stand beside an error.
BESIDE_ERRORS = ("literal", "fault", "faults", "pace")


class Scripting:
    """Scripts the answers to every request, or to those that a ``when`` selects.

    Every method raises ScenarioError when a word is misspelled or its value cannot be used.
    """

    def __init__(self, add: Add, when: Mapping[str, Any]) -> None:
        self._add = add
        self._when = when

    @raise_at_call
    def reply(self, text: str | AnswerFunction | None = None, **words: Unpack[ReplyWords]) -> None:
        """Always answer this: ``api.reply("Hello.")``, ``api.reply(thinking="Hm.", tool_use="get_time")``.

        Args:
            text: the text of the answer; may hold placeholders (``{{ prompt.user }}``). Or a function that answers
                each request: it gets the ``Prompt``, and returns a text or the words of an answer as a mapping; it may
                be async. The ``words`` are for what it does not return.
            words: any other word of an answer: ``thinking``, ``tool_use``, ``json``, ``usage``, ``pace`` ...;
                ``times=N`` for only so many answers.
        """
        given = {} if text is None else {"function" if callable(text) else "text": text}
        self._script(reply={**given, **words})

    @raise_at_call
    def turns(self, answers: Sequence[Item], *, from_start: bool = False) -> None:
        """Answer by how many assistant turns came after the last user text: none, the first answer; one, the second …

        Args:
            answers: texts, functions, or what ``reply`` takes as mappings.
            from_start: count the assistant turns of the whole conversation instead.
        """
        listed = as_list(answers)
        self._script(turns={"from": "start", "answers": listed} if from_start else listed)

    @raise_at_call
    def calls(self, answers: Sequence[Item]) -> None:
        """Answer one after the other; then this script has run out, and no longer fits.

        Args:
            answers: texts, functions, or what ``reply`` takes as mappings; ``times`` repeats one
                (``{"function": answer, "times": 2}``).
        """
        self._script(calls=as_list(answers))

    @raise_at_call
    def error(
        self,
        type: ErrorType | str | int | None = None,  # noqa: A002  the API's own word
        *,
        times: int | None = None,
        **words: Unpack[ErrorScriptWords],
    ) -> None:
        """Answer this error: ``api.error("overloaded_error", retry_after=0, times=1)``.

        Args:
            type: the API's ``error.type``, which settles the status; or a status, which settles the type.
            times: only so many answers; None for all.
            words: ``status``, ``message``, ``details``, ``error_code``, ``retry_after`` (seconds), ``headers``;
                ``gateway``, the name of an error of a relay gateway, in place of the type; and what may stand beside
                an error: ``literal``, ``fault``, ``pace``.
        """
        beside = {key: value for key, value in words.items() if key in BESIDE_ERRORS}
        kind = {} if type is None else {"status" if isinstance(type, int) else "type": type}
        error = {**kind, **{key: value for key, value in words.items() if key not in beside}} or type
        self._script(reply={"error": error, **beside, **({} if times is None else {"times": times})})

    @raise_at_call
    def fault(self, then: FaultName | str, *, calls: int = 1, **options: Any) -> None:
        """Answer the next ``calls`` requests with a generated message that fails on its way.

        A fault that shows in streams alone leaves requests for a whole answer to others, and the other way round.

        Args:
            then: the fault's name: ``disconnect``, ``stall``, ``malformed``, ``truncate`` ... (docs/faults.md).
            calls: how many answers fail.
            options: ``after_events``, ``after_ms``, ``at_block`` and the fault's own; ``for``, a keyword of Python, as
                ``for_`` or ``duration``.
        """
        kind = FAULTS.get(then)
        shown = {} if kind is None or kind.whole is kind.streamed else {"stream": kind.streamed}
        when = {**shown, **self._when}
        self._add({"when": when, "reply": {"fault": write_fault(then, options), "times": calls}})

    def _script(self, **script: Any) -> None:
        self._add({**({"when": dict(self._when)} if self._when else {}), **script})


def as_list(answers: Any) -> Any:
    """The answers as a list; a single answer stays as it is, so that reading it reports the mistake.

    Raises:
        ValueError: it is a single function, which cannot be read.
    """
    if callable(answers):
        name = getattr(answers, "__name__", repr(answers))
        raise ValueError(f"expected a list of answers, such as [{name}], got a function")
    is_alone = isinstance(answers, (str, Mapping)) or not isinstance(answers, Iterable)
    return answers if is_alone else [{"function": each} if callable(each) else each for each in answers]

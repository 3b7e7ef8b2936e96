"""Answers that a function of the user gives: called with the prompt, and what it returns checked like a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from traceback import extract_tb
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.functions import Function, GoneError, OutOfTimeError, shorten_path
from mockserver.records.reply import Answer
from mockserver.scenarios.answering.answers import build_literal, read_literal, says_thought
from mockserver.scenarios.answering.forms import Form
from mockserver.scenarios.answering.variables import Variables
from mockserver.scenarios.format.answers import BESIDE_FAILURES
from mockserver.scenarios.reading.file_reader import FileReader
from mockserver.scenarios.reading.node import Node, excerpt
from mockserver.scenarios.reading.python_values import UnusableValueError, to_plain
from mockserver.scenarios.reading.source import Document
from mockserver.scenarios.scripts import Extensions, Step

# The key of an answer in Python that holds the function which gives it.
KEY = "function"


def find_function(value: Any) -> Function | None:
    """The function that stands for an answer, alone or among its other words."""
    found = value.get(KEY) if isinstance(value, Mapping) else value
    return found if isinstance(found, Function) else None


def read_function_step(
    node: Node,
    function: Function,
    extensions: Extensions,
    *,
    defaults: Mapping[str, Any],
    reader: FileReader | None,
    always: bool,
    form: Form,
) -> Step:
    """The step of a function; mistakes in the words beside it are noted at the node.

    Args:
        node: the function, or the mapping of an answer with it: the words hold where it returns no others.
        function: the function.
        extensions: functions of other parts.
        defaults: keys of the file's ``defaults``, for those that neither the words nor the function give.
        reader: reads files that the words name; None when they may name none.
        always: whether a step without ``times`` is given always (a ``reply``) or once.
        form: what the answers of its scenario may hold.
    """
    words = {key: value for key, value in node.value.items() if key != KEY} if isinstance(node.value, dict) else {}
    place, before = node.document.place(node.path), len(node.problems)
    read, files = read_literal(node.with_value(words), extensions, form, reader)
    if len(node.problems) > before:
        return Step(place, lambda _: Answer())
    words = dict(read.value)
    times: Any = words.pop("times", None)
    given = FunctionAnswer(function, words, defaults, extensions, form)
    is_endless = times == "always" or (times is None and always)
    return Step(
        place,
        given.answer,
        times=None if is_endless else times or 1,
        files=files,
        is_function=True,
        thinks=says_thought(words),
    )


class FunctionAnswer(Struct, frozen=True, eq=False):
    """The answer of a function, with words and defaults for what it does not give."""

    function: Function
    words: Mapping[str, Any]
    defaults: Mapping[str, Any]
    extensions: Extensions
    form: Form

    def answer(self, variables: Variables) -> Answer:
        """Call the function, which may take ``variables.patience`` seconds.

        Raises:
            ScenarioError: it is gone, raised, took too long, or returned no answer.
        """
        value = self._call(variables)
        if isinstance(value, str) and not self.form.name:
            value = {"text": value}
        if not isinstance(value, dict):
            raise self._fail(f"returned {excerpt(value)}: expected {self.form.expect}")
        if "times" in value:
            raise self._fail("returned times: how often it is asked is said beside it")
        is_failure = bool(value.keys() & {"error", "raw"})
        words = {key: each for key, each in self.words.items() if not is_failure or key in BESIDE_FAILURES}
        place = self.function.place
        node = Node(Document(place.file, None, line=place.line), {**words, **value})
        read_literal(node, self.extensions, self.form)
        if node.problems:
            raise ScenarioError(*[self._describe(f"returned {each.message}") for each in node.problems])
        return build_literal(node, self.extensions, self.form, self.defaults, variables)

    def _call(self, variables: Variables) -> Any:
        prompt = variables.prompt
        own = replace(
            prompt, body=_copy(prompt.body), headers=dict(prompt.headers), history=tuple(map(_copy, prompt.history))
        )
        try:
            return to_plain(self.extensions.call(self.function, own, variables.patience))
        except UnusableValueError as error:
            raise self._fail(f"returned no answer: {error}") from error
        except OutOfTimeError as error:
            raise self._fail(
                f"did not answer within {variables.patience:g} seconds (the setting function_timeout)"
            ) from error
        except GoneError as error:
            raise self._fail(f"is gone: {error}; give it again") from error
        except BaseException as error:  # whatever it raises is for its author to mend; pytest.fail is no Exception
            raise ScenarioError(self._describe(_word(error), _find_place(error, self.function.place))) from error

    def _fail(self, message: str) -> ScenarioError:
        return ScenarioError(self._describe(message))

    def _describe(self, message: str, place: Place | None = None) -> Problem:
        return Problem(place or self.function.place, f"the function {self.function.name} {message}")


def _copy(value: Any) -> Any:
    """A copy of a JSON value: the function may change what it gets, and composing reads the same body.

    It goes down no deeper than a level at a time, since a body may be nested deeper than Python calls.
    """
    copied = [value]
    waiting: list[Any] = [copied]
    while waiting:
        each = waiting.pop()
        for key, below in list(each.items() if isinstance(each, dict) else enumerate(each)):
            if isinstance(below, dict | list):
                each[key] = below.copy()
                waiting.append(each[key])
    return copied[0]


def _word(error: BaseException) -> str:
    try:
        text = str(error).partition("\n")[0]
    except Exception:  # its own __str__ fails
        text = ""
    return f"raised {type(error).__name__}{': ' if text else ''}{text}"


def _find_place(error: BaseException, place: Place) -> Place:
    """The innermost line of the function's own file that the error came through."""
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if shorten_path(frame.filename) == place.file]
    return replace(place, line=lines[-1] or place.line) if lines else place

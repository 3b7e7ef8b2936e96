"""The keys of ``when``: what each looks at in a prompt, and which tests it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.call import VERSIONS, Prompt, blocks_of, text_of
from mockserver.scenarios import predicates
from mockserver.scenarios.predicates import Predicate
from mockserver.scenarios.spot import Spot, excerpt

Fits = Callable[[Prompt], bool]


@dataclass(frozen=True)
class Check:
    """One key of ``when``. ``fits`` decides; ``tell``, for a prompt that does not fit, says what was expected."""

    key: str
    fits: Fits
    tell: Callable[[Prompt], str]
    predicate: Predicate | None = None


def check(key: str, spot: Spot) -> Check | None:
    """The check for one key of ``when``; None when the key does not exist."""
    return KEYS[key](key, spot) if key in KEYS else None


def _check(key: str, of: Callable[[Prompt], Any], test: Predicate, show: Callable[[Any], str] = excerpt) -> Check:
    return Check(
        key,
        lambda prompt: test.holds(of(prompt)),
        lambda prompt: f"{key}: expected {test.words}, got {show(of(prompt))}",
        test,
    )


def _text(of: Callable[[Prompt], str]) -> Callable[[str, Spot], Check]:
    return lambda key, spot: _check(key, of, predicates.text(spot))


def _glob(of: Callable[[Prompt], str]) -> Callable[[str, Spot], Check]:
    return lambda key, spot: _check(key, of, predicates.glob(spot))


def _model(key: str, spot: Spot) -> Check:
    return _check(key, lambda prompt: prompt.model, predicates.glob(spot))


def _version(key: str, spot: Spot) -> Check:
    for item in spot:
        if item.value not in VERSIONS:
            item.expect(" or ".join(VERSIONS))
    return _check(key, lambda prompt: prompt.version, predicates.glob_of([str(item.value) for item in spot]))


def _stream(key: str, spot: Spot) -> Check:
    if not isinstance(spot.value, bool):
        spot.expect("true or false")
    return _check(key, lambda prompt: prompt.stream, predicates.same(spot.value))


def _turn(key: str, spot: Spot) -> Check:
    return _check(key, lambda prompt: prompt.turn, predicates.number(spot))


def _any_message(key: str, spot: Spot) -> Check:
    test = predicates.text(spot)

    def texts(prompt: Prompt) -> Iterator[str]:
        return (text_of(message.get("content") or "") for message in prompt.messages)

    return Check(
        key,
        lambda prompt: any(test.holds(text) for text in texts(prompt)),
        lambda prompt: f"{key}: expected one {test.words}, none of {len(prompt.messages)} does",
    )


def _tools(key: str, spot: Spot) -> Check:
    if isinstance(spot.value, bool):
        words = "tools to be offered" if spot.value else "no tools to be offered"
        return _tools_check(key, words, lambda offered: bool(offered) is spot.value)
    if not isinstance(spot.value, Mapping):
        return _tools_check(key, *_all_tools(spot))
    if not spot.is_mapping(_TOOLS, "tools"):
        return _tools_check(key, "anything", lambda _: True)
    tests = [_TOOLS[name](below) for name, below in spot.items() if name in _TOOLS]
    words = " and ".join(words for words, _ in tests)
    return _tools_check(key, words, lambda offered: all(holds(offered) for _, holds in tests))


def _tools_check(key: str, words: str, holds: Callable[[Sequence[str]], bool]) -> Check:
    return Check(
        key,
        lambda prompt: holds(prompt.tools),
        lambda prompt: f"{key}: expected {words}, offered are {', '.join(prompt.tools) or 'none'}",
    )


def _all_tools(spot: Spot) -> tuple[str, Callable[[Sequence[str]], bool]]:
    tests = [predicates.glob(item) for item in spot]
    return _named(spot, "all of"), lambda offered: all(any(map(test.holds, offered)) for test in tests)


def _any_tool(spot: Spot) -> tuple[str, Callable[[Sequence[str]], bool]]:
    test = predicates.glob(spot)
    return _named(spot, "any of"), lambda offered: any(map(test.holds, offered))


def _no_tool(spot: Spot) -> tuple[str, Callable[[Sequence[str]], bool]]:
    test = predicates.glob(spot)
    return _named(spot, "none of"), lambda offered: not any(map(test.holds, offered))


def _named(spot: Spot, how: str) -> str:
    return f"{how} {', '.join(str(item.value) for item in spot)}"


_TOOLS = {"all": _all_tools, "any": _any_tool, "none": _no_tool}


def _tool_choice(key: str, spot: Spot) -> Check:
    """A type (``auto``, ``any``, ``tool``, ``none``; absent is auto) or the name of the forced tool."""

    def names(prompt: Prompt) -> tuple[str, ...]:
        given = prompt.body.get("tool_choice") or {}
        return tuple(str(given[part]) for part in ("name", "type") if part in given) or ("auto",)

    test = predicates.glob(spot)
    return Check(
        key,
        lambda prompt: any(map(test.holds, names(prompt))),
        lambda prompt: f"{key}: expected {test.words}, got {names(prompt)[0]}",
    )


def _thinking(key: str, spot: Spot) -> Check:
    if isinstance(spot.value, bool):
        words = "to be on" if spot.value else "to be off (absent or disabled)"
        test = Predicate(words, lambda given: (given not in ("", "disabled")) is spot.value)
    else:
        test = predicates.glob(spot)
    return _check(key, lambda prompt: prompt.thinking, test, lambda given: given or "none asked for")


def _output_format(key: str, spot: Spot) -> Check:
    def given(prompt: Prompt) -> str:
        config = prompt.body.get("output_config")
        wanted = config.get("format") if isinstance(config, Mapping) else None
        return str(wanted.get("type", "")) if isinstance(wanted, Mapping) else ""

    if isinstance(spot.value, bool):
        words = "to be asked for" if spot.value else "not to be asked for"
        test = Predicate(words, lambda name: bool(name) is spot.value)
    else:
        test = predicates.glob(spot)
    return _check(key, given, test, lambda name: name or "none asked for")


def _attached(kind: str) -> Callable[[str, Spot], Check]:
    """Images or documents anywhere in the conversation, those inside tool results too."""

    def build(key: str, spot: Spot) -> Check:
        wanted = {"count": spot} if not isinstance(spot.value, Mapping) else {}
        if isinstance(spot.value, Mapping) and spot.is_mapping(("count", "media_type"), key):
            wanted = dict(spot.items())
        media = predicates.glob(wanted["media_type"]) if "media_type" in wanted else predicates.NOTHING
        count = _presence(wanted["count"]) if "count" in wanted else _AT_LEAST_ONE

        def found(prompt: Prompt) -> list[str]:
            return [name for message in prompt.messages for name in _media(blocks_of(message), kind)]

        what = (
            f" of type {' or '.join(str(item.value) for item in wanted['media_type'])}"
            if "media_type" in wanted
            else ""
        )
        return Check(
            key,
            lambda prompt: count.holds(sum(map(media.holds, found(prompt)))),
            lambda prompt: (
                f"{key}: expected their number{what} {count.words}, got {', '.join(found(prompt)) or 'none'}"
            ),
        )

    return build


_AT_LEAST_ONE = Predicate("to be at least 1", lambda count: bool(count))


def _presence(spot: Spot) -> Predicate:
    if spot.value is True:
        return _AT_LEAST_ONE
    return predicates.same(0) if spot.value is False else predicates.number(spot)


def _media(blocks: Sequence[Mapping[str, Any]], kind: str) -> Iterator[str]:
    for block in blocks:
        if block.get("type") == kind:
            source = block.get("source") or {}
            yield str(source.get("media_type") or source.get("type") or "?")
        elif block.get("type") == "tool_result":
            yield from _media(blocks_of(block), kind)


def _tool_result(key: str, spot: Spot) -> Check:
    if isinstance(spot.value, bool):
        words = "to be present" if spot.value else "to be absent"
        return _check(
            key, lambda prompt: prompt.tool_results, Predicate(words, lambda given: bool(given) is spot.value), _results
        )
    name = is_error = predicates.NOTHING
    text = predicates.NOTHING
    if not isinstance(spot.value, Mapping):
        text = predicates.text(spot)
    elif spot.is_mapping(("for", "is_error", *predicates.TEXT), key):
        if "for" in spot.value:
            name = predicates.glob(spot.at("for"))
        if "is_error" in spot.value:
            is_error = predicates.same(bool(spot.value["is_error"]))
        rest = {part: value for part, value in spot.value.items() if part in predicates.TEXT}
        text = predicates.text(spot.with_value(rest)) if rest else text

    def holds(results: Sequence[Mapping[str, Any]]) -> bool:
        return any(
            name.holds(result["name"])
            and is_error.holds(bool(result.get("is_error")))
            and text.holds(text_of(result.get("content") or ""))
            for result in results
        )

    parts = (("for", name), ("is_error", is_error), ("text", text))
    words = ", ".join(f"{part} {test.words}" for part, test in parts if test is not predicates.NOTHING)
    return _check(
        key, lambda prompt: prompt.tool_results, Predicate(f"one with {words or 'anything'}", holds), _results
    )


def _results(results: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(map(_shown, results)) or "none"


def _shown(result: Mapping[str, Any]) -> str:
    failed = " (error)" if result.get("is_error") else ""
    return f"{result['name'] or '?'}{failed}: {excerpt(text_of(result.get('content') or ''))}"


def _headers(key: str, spot: Spot) -> Check:
    if not isinstance(spot.value, Mapping):
        spot.expect("a mapping of header names to globs")
        return _check(key, lambda _: "", predicates.NOTHING)
    tests = {name.lower(): _header(below) for name, below in spot.items()}

    def differing(prompt: Prompt) -> list[str]:
        return [name for name, test in tests.items() if not test.holds(prompt.headers.get(name))]

    def tell(prompt: Prompt) -> str:
        name = next(iter(differing(prompt)))
        shown = "another value" if name in _SECRET and name in prompt.headers else excerpt(prompt.headers.get(name))
        return f"{key}: expected {name} {tests[name].words}, got {shown}"

    return Check(key, lambda prompt: not differing(prompt), tell)


# Their values are keys, which no message may show.
_SECRET = ("authorization", "x-api-key", "cookie")


def _header(spot: Spot) -> Predicate:
    if isinstance(spot.value, bool):
        words = "to be sent" if spot.value else "not to be sent"
        return Predicate(words, lambda given: (given is not None) is spot.value)
    if isinstance(spot.value, int | float):
        return predicates.same(str(spot.value))
    test = predicates.text(spot) if isinstance(spot.value, Mapping) else predicates.glob(spot)
    return Predicate(test.words, lambda given: given is not None and test.holds(given))


def _key(key: str, spot: Spot) -> Check:
    return _check(
        key, lambda prompt: prompt.key or "", predicates.glob(spot), lambda given: "another" if given else "none"
    )


def _body(key: str, spot: Spot) -> Check:
    from mockserver.scenarios.jsonpath import body_tests  # JSONPath is rarely needed, and slow to import

    tests = body_tests(spot)

    def tell(prompt: Prompt) -> str:
        return next(f"{key}: {told}" for test in tests if (told := test.tell(prompt.body)) is not None)

    return Check(key, lambda prompt: all(test.tell(prompt.body) is None for test in tests), tell)


# In this order they are checked: cheap ones first.
KEYS: dict[str, Callable[[str, Spot], Check]] = {
    "model": _model,
    "turn": _turn,
    "stream": _stream,
    "thinking": _thinking,
    "version": _version,
    "session": _glob(lambda prompt: prompt.session),
    "key": _key,
    "tool_choice": _tool_choice,
    "output_format": _output_format,
    "tools": _tools,
    "headers": _headers,
    "user": _text(lambda prompt: prompt.user),
    "system": _text(lambda prompt: prompt.system),
    "tool_result": _tool_result,
    "images": _attached("image"),
    "documents": _attached("document"),
    "any_message": _any_message,
    "body": _body,
}

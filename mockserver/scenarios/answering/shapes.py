"""The makers of forms: what a value in an answer may look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockserver.scenarios.answering.templates import has_placeholder
from mockserver.scenarios.reading.node import Node

# Notes what is wrong with the value at a node.
Form = Callable[[Node], None]


def of(wanted: str, *types: type) -> Form:
    """The form of a value of some types; a placeholder may become any."""

    def check(node: Node) -> None:
        value = node.value
        right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        if not right and not has_placeholder(value):
            node.expect(wanted)

    return check


def anything(_: Node) -> None:
    """Any value will do."""


def each_of(form: Form) -> Form:
    """The form of one value, or of a list of such values."""

    def check(node: Node) -> None:
        if node.value == []:
            node.expect("at least one")
        for item in node:
            form(item)

    return check


def list_of(form: Form, wanted: str) -> Form:
    """The form of a list; a placeholder may become one."""

    def check(node: Node) -> None:
        if not isinstance(node.value, list):
            of(wanted)(node)
            return
        for item in node:
            form(item)

    return check


def mapping_of(what: str, forms: Mapping[str, Form], *needed: str, free: bool = False) -> Form:
    """The form of a mapping; with ``free``, further keys are allowed."""

    def check(node: Node) -> None:
        if free:
            of("a mapping", dict)(node)
        elif not has_placeholder(node.value):
            node.is_mapping(forms, what)
        if not isinstance(node.value, dict):
            return
        for key in needed:
            if key not in node.value:
                node.complain(f'{what} needs "{key}"')
        for key, below in node.items():
            if key in forms:
                forms[key](below)

    return check


def either(*choices: tuple[type, Form], wanted: str) -> Form:
    """The form that belongs to the value's type."""

    def check(node: Node) -> None:
        for kind, form in choices:
            if isinstance(node.value, kind) and (kind is bool or not isinstance(node.value, bool)):
                return form(node)
        return of(wanted)(node)

    return check


def between(low: int, high: int) -> Form:
    """The form of a whole number within bounds."""

    def check(node: Node) -> None:
        if isinstance(node.value, bool) or not isinstance(node.value, int) or not low <= node.value <= high:
            node.expect(f"a whole number from {low} to {high}")

    return check

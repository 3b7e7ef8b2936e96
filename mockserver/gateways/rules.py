"""What files of gateways have to obey besides the kinds of their values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mockserver.records.specs import Mode
from mockserver.records.suggesting import show_name
from mockserver.scenarios.format.values import OWN_HEADERS
from mockserver.scenarios.reading.node import Node

_PREFIX = "sk-"
# JSON Schema's part of the rules below.
KEY_NAMES = {"propertyNames": {"pattern": "^(?!sk-$)[!-~]+$"}}
# A name with * of a model, and headers that are no id's.
LISTED = {"patternProperties": {r"\*": {"type": "object", "required": ["error"], "properties": {"owner": False}}}}
_TAKEN = (*OWN_HEADERS, "connection", "content-type")
ID_HEADERS = {"not": {"enum": [*_TAKEN, *(name.title() for name in _TAKEN)]}}
ONE_ANSWER = {
    "allOf": [{"not": {"required": pair}} for pair in (["error", "body"], ["error", "page"], ["body", "page"])],
}


def check_share(node: Node, _: Mode) -> None:
    """A budget is a part of the whole."""
    if isinstance(node.value, int | float) and node.value > 1:
        node.expect("a number above 0, up to 1")


def check_channels(node: Node, _: Mode) -> None:
    """Channels are known by their names."""
    names: set[str] = set()
    for each in node if isinstance(node.value, list) else ():
        name = each.value.get("name") if isinstance(each.value, dict) else each.value
        if isinstance(name, str) and name in names:
            each.complain(f'there is a channel "{show_name(name)}" already')
        names.add(str(name))


def check_keys(node: Node, _: Mode) -> None:
    """Keys are known without ``sk-``; behind the first dash of an admin's stands a channel."""
    known: set[str] = set()
    for key, each in _list_items(node):
        name = key.removeprefix(_PREFIX)
        if not re.fullmatch("[!-~]+", name):
            each.complain("expected a key such as sk-test, in ASCII and without spaces", key=True)
        elif name in known:
            each.complain("this key stands here a second time: sk- before it counts for nothing", key=True)
        elif "-" in name and isinstance(each.value, dict) and each.value.get("admin") is True:
            message = (
                "behind the first dash of an admin's key stands a channel: give it a name without one, such as sk-vip"
            )
            each.complain(message, key=True)
        known.add(name)


def check_models(node: Node, _: Mode) -> None:
    """Lists have whole names only."""
    for name, each in _list_items(node):
        row = each.value if isinstance(each.value, dict) else {}
        if "*" in name and ("error" not in row or "owner" in row):
            each.complain(f'no list shows "{show_name(name)}": a name with * has an error, and no owner', key=True)


def check_answer(node: Node, _: Mode) -> None:
    """A path has one answer at most."""
    if isinstance(node.value, dict) and len(node.value.keys() & {"error", "body", "page"}) > 1:
        node.complain("a path has one of error, body and page")


def check_id_header(node: Node, _: Mode) -> None:
    """The id has a header of its own."""
    if isinstance(node.value, str) and node.value.lower() in _TAKEN:
        node.complain(f'"{node.value}" is for the server to say: name another header, such as X-Request-Id')


def _list_items(node: Node) -> Iterator[tuple[str, Node]]:
    yield from node.items() if isinstance(node.value, dict) else ()

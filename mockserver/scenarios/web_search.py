"""What a file's ``web_search`` adds to the countries and sites that web search refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mockserver.reference.web_search import BUILT_IN, SearchLimits
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.files import WEB_SEARCH
from mockserver.scenarios.reading.node import Node


def check_search_limits(node: Node, *, in_file: bool) -> None:
    """Note the mistakes in a document's ``web_search``, which holds for all sessions and so stands in files alone."""
    if "web_search" not in node.value:
        return
    if in_file:
        check(WEB_SEARCH, node.at("web_search"))
    else:
        node.complain("web_search works in fixture files only")


def gather_search_limits(documents: Iterable[Any]) -> SearchLimits:
    """What web search refuses according to the content of all files, besides what is built in."""
    limits = BUILT_IN
    for document in documents:
        given = document.get("web_search") if isinstance(document, dict) else None
        if isinstance(given, dict):
            limits = limits.extend(*(_list_texts(given.get(key)) for key in WEB_SEARCH.fields))
    return limits


def _list_texts(given: object) -> list[str]:
    # Mistakes are known by then, and end the loading.
    return [text for text in given if isinstance(text, str)] if isinstance(given, list) else []

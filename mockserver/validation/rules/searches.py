"""Rules of web search: where it may search from, and in which sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, refuse
from mockserver.validation.texts import excerpt

_READ_MORE = (
    "https://support.anthropic.com/en/articles/"
    "8896518-does-anthropic-crawl-data-from-the-web-and-how-can-site-owners-block-the-crawler"
)


def place_named(facts: Facts) -> Finding | None:
    """A user's location names a place, or a time zone.

    Source: documented, web search tool 2026-10, every version of the tool, both API versions; text inferred.
    """
    for at, tool in _list_searches(facts):
        given = tool.get("user_location")
        if given and not any(given.get(part) for part in _PLACES):
            return refuse(f"{at}.user_location: At least one of {', '.join(_PLACES)} is required")
    return None


_PLACES = ("city", "region", "country", "timezone")


def country_supported(facts: Facts) -> Finding | None:
    """Web search does not know every country; lists of the server and of fixtures say which it does not know.

    Source: observed 2026, every version of the tool; the list of countries is not published.
    """
    for at, tool in _list_searches(facts):
        country = (tool.get("user_location") or {}).get("country")
        if country and str(country).upper() in facts.search_limits().countries:
            return refuse(f"{at}: Country code {excerpt(country)} is not supported.")
    return None


def domains_accessible(facts: Facts) -> Finding | None:
    """Some sites keep the API's crawler out, so a search may not be limited to them: one is enough to refuse it.

    Source: observed to 2026-10: the names come back as they were sent; domains below a site's own by analogy.
    """
    for at, tool in _list_searches(facts):
        limits = facts.search_limits()
        closed = [
            excerpt(domain) for domain in tool.get("allowed_domains") or () if limits.is_inaccessible(str(domain))
        ]
        if closed:
            text = f"The following domains are not accessible to our user agent: {closed!r}. Read more: {_READ_MORE}"
            return refuse(text, path=f"{at}.allowed_domains")
    return None


def _list_searches(facts: Facts) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tools for web search, each with its location."""
    for index, tool in enumerate(facts.tools):
        if str(tool.get("type")).startswith("web_search_"):
            yield f"tools.{index}.{tool['type']}", tool

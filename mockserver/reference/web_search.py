"""The countries and the sites that web search refuses, as far as reports tell; the API publishes no list of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct

# Codes of countries that ``user_location`` may not name, each with how it is known.
UNSUPPORTED_COUNTRIES: Mapping[str, str] = MappingProxyType(
    {
        "IL": "reported 2026-10: an application leaves it out because it is refused",
        "SG": "observed 2026, with its text",
    }
)

# Sites that ``allowed_domains`` may not name, each with how it is known.
INACCESSIBLE_DOMAINS: Mapping[str, str] = MappingProxyType(
    {
        "blog.naver.com": "observed 2026-07, with its text",
        "cntraveler.com": "reported 2026",
        "ft.com": "reported 2026",
        "newyorker.com": "observed 2026, with its text",
        "nytimes.com": "observed 2026, with its text",
        "reddit.com": "observed 2026-08, with its text",
        "rei.com": "reported 2026",
        "reuters.com": "observed 2026, with its text",
        "theguardian.com": "observed 2026, with its text",
        "travelandleisure.com": "reported 2026",
        "vulture.com": "reported 2026, with its text",
        "wsj.com": "reported 2026",
    }
)


class SearchLimits(Struct, frozen=True):
    """What web search refuses: country codes of two capital letters, and domains with all below them."""

    countries: frozenset[str] = frozenset(UNSUPPORTED_COUNTRIES)
    domains: frozenset[str] = frozenset(INACCESSIBLE_DOMAINS)

    def extend(self, countries: Iterable[str], domains: Iterable[str]) -> SearchLimits:
        """These limits and more; domains are told apart without regard to case."""
        return SearchLimits(self.countries.union(countries), self.domains.union(map(str.lower, domains)))

    def is_inaccessible(self, domain: str) -> bool:
        """Whether this domain, or one above it, is refused; a path behind it does not matter."""
        labels = domain.partition("/")[0].lower().split(".")
        return any(".".join(labels[number:]) in self.domains for number in range(len(labels)))


BUILT_IN = SearchLimits()

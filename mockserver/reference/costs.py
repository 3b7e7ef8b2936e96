"""The cost of a message in US dollars: its usage at the prices of the models that took part.

Source: the API's pricing page, 2026-11, all API versions; prices are those of the day on which the catalogue was
released, whatever a clock says. The whole message is charged, also where its stream was cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.reference.catalog import Model, Prices

# What a cached token costs when it is written, as a share of the input's price: by how long it is kept.
WRITE_5M, WRITE_1H = 1.25, 2.0
BATCH, US = 0.5, 1.1
# US dollars for a search; it costs the same in a batch and in the US. Fetching pages costs nothing.
SEARCH = 10 / 1000
# "Free before output", but in these categories, since 2026-09-24.
CHARGED_REFUSALS = ("bio", "frontier_llm", "reasoning_extraction")
# A larger number, which only a script can give, counts as no tokens.
MOST_TOKENS = 10**12
_MILLION = 1_000_000

# The sums of tokens in a message's ``usage``.
TOKENS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")

Lookup = Callable[[str], Model]
Tokens = tuple[int, int, int, int]


def count(usage: Mapping[str, Any], key: str) -> int:
    """A number in a usage; a script may say anything else, which counts as none."""
    value = usage.get(key)
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else 0


def read_tokens(usage: Mapping[str, Any]) -> Tokens:
    """The sums of tokens, in the order of ``TOKENS``."""
    uncached, written, read, output = [count(usage, key) for key in TOKENS]
    return uncached, written, read, output


def find_cost(message: Mapping[str, Any], tokens: Tokens, lookup: Lookup) -> float | None:
    """The cost of a message in US dollars; None where a model that took part has no price, such as a gateway's.

    Each entry of ``usage.iterations`` is charged at the price of its own model. Containers are not charged: their hours
    stand in no usage.

    Args:
        message: the whole message.
        tokens: those of its usage.
        lookup: finds models by their names.
    """
    usage = message["usage"]
    if not usage.get("iterations") and message.get("stop_reason") != "refusal":
        total = _price(message.get("model"), tokens, usage, usage, lookup)
    else:
        total = _price_parts(message, usage, lookup)
    if total is None:
        return None
    if usage.get("service_tier") == "batch":
        total *= BATCH
    cost = total / _MILLION
    searches = usage.get("server_tool_use")
    if searches and isinstance(searches, Mapping):
        cost += count(searches, "web_search_requests") * SEARCH
    return round(cost, 10)


def _price_parts(message: Mapping[str, Any], usage: Mapping[str, Any], lookup: Lookup) -> float | None:
    total = 0.0
    for name, part in _list_parts(message, usage):
        price = _price(name, read_tokens(part), part, usage, lookup)
        if price is None:
            return None
        total += price
    return total


def _list_parts(message: Mapping[str, Any], usage: Mapping[str, Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The model and the counts of each sampling that is charged."""
    asked, iterations = message.get("model"), usage.get("iterations")
    ends = _list_ends(message)
    if not iterations or not isinstance(iterations, list):
        if ends[-1]:
            yield asked, usage
        return
    declined = iter(ends[:-1])
    for part in iterations:
        if not isinstance(part, Mapping):
            continue
        kind, name = part.get("type"), part.get("model")
        # A "message" with a model's name declined, and the next one took over.
        is_last = kind == "fallback_message" or (kind == "message" and part is iterations[-1])
        is_charged = ends[-1] if is_last else next(declined, True) if kind == "message" and name else True
        if is_charged:
            yield name or asked, part


def _list_ends(message: Mapping[str, Any]) -> list[bool]:
    """Whether each model that answered in turn is charged: it wrote something, or declined in a category that is."""
    content, ends, has_output = message.get("content"), list[bool](), False
    for block in content if isinstance(content, list | tuple) else ():
        if isinstance(block, Mapping) and block.get("type") == "fallback":
            ends.append(has_output or _is_charged(block.get("trigger")))
            has_output = False
        else:
            has_output = True
    is_refused = message.get("stop_reason") == "refusal"
    return [*ends, has_output or not is_refused or _is_charged(message.get("stop_details"))]


def _is_charged(details: Any) -> bool:
    return isinstance(details, Mapping) and details.get("category") in CHARGED_REFUSALS


def _price(
    name: Any, tokens: Tokens, part: Mapping[str, Any], usage: Mapping[str, Any], lookup: Lookup
) -> float | None:
    """The cost of a sampling by the standard tier, in millionths of a dollar."""
    model = lookup(name) if isinstance(name, str) else None
    if model is None or (prices := model.prices) is None or not model.is_named(name):
        return None
    uncached, written, read, output = tokens
    rates = _find_rates(prices, uncached + written + read, is_fast=usage.get("speed") == "fast")
    if rates is None:
        return None
    weighed: float = uncached
    if read:
        weighed += read * prices.cache_read
    if written:
        split = part.get("cache_creation")
        long = min(written, count(split, "ephemeral_1h_input_tokens")) if isinstance(split, Mapping) else 0
        weighed += long * WRITE_1H + (written - long) * WRITE_5M
    price = weighed * rates[0] + output * rates[1]
    return price * US if model.inference_geo and usage.get("inference_geo") == "us" else price


def _find_rates(prices: Prices, prompt: int, *, is_fast: bool) -> tuple[float, float] | None:
    if is_fast:
        return prices.fast
    if prices.long is not None and prompt > prices.long[0]:
        return prices.long[1:]
    return prices.input, prices.output

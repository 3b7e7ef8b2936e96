"""Tokens of texts, tools and options by formula, fitted to recorded usage."""

from __future__ import annotations

from mockserver.reference.tokens.rates import NEW, OLD, Rates, as_json, text_tokens
from mockserver.reference.tokens.requests import count_options, count_tools, is_forced

__all__ = ["NEW", "OLD", "RATES", "Rates", "as_json", "count_options", "count_tools", "is_forced", "text_tokens"]

# By a model's tokenizer. The first two count texts alike.
RATES = {"first": OLD, "old": OLD, "new": NEW}

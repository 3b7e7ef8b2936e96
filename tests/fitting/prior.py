"""What the fit begins with: rates to keep to where the recordings say little, and prompts that must count exactly."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.reference.tokens import Rates

PRIOR: Mapping[str, Mapping[str, float]] = {
    "old": {
        "word": 1.0, "name": 0.8, "camel": 1.2, "capitals": -1.0, "run": 6.0, "foreign": 1.2,
        "digit": 1.0, "digits": 1.3, "gap": 1.0, "mark": 0.9, "marks": -0.6, "line": 1.2, "lines": -0.8, "indent": 0.2,
        "message": 3.3, "base": 0.5, "system": 0.4,
        "tool": 14, "schema_word": 0.5, "schema_mark": 0.3, "schema_char": 0.06,
        "use": 20, "use_field": 16, "use_char": 0.25, "use_more": 10, "result": 20, "json_char": 0.29,
        "format": 75, "format_word": 1.0, "format_mark": 0.6, "format_char": 0.1,
        "document": 35, "search_result": 65, "citations": 550,
    },
    "new": {
        "word": 1.1, "piece": 1.2, "capital": 0.8, "name": 1.0, "camel": 1.2, "capitals": -0.8, "run": 6.0,
        "foreign": 1.4, "digit": 1.0, "digits": 1.3, "gap": 0.2, "mark": 1.15, "marks": -0.7, "line": 1.2,
        "lines": -0.8, "indent": 0.2,
        "message": 2.5, "base": 3.0, "system": 5.0,
        "tool": 14, "schema_word": 0.7, "schema_mark": 0.4, "schema_char": 0.08, "deferred": 80,
        "use": 22, "use_field": 18, "use_char": 0.35, "use_more": 10, "result": 22, "json_char": 0.38,
        "format": 100, "format_word": 1.2, "format_mark": 0.7, "format_char": 0.15,
        "document": 40, "search_result": 75, "citations": 760,
    },
}  # fmt: skip
# Estimates for scripts that the recordings hardly hold: they are not fitted.
SCRIPTS = {
    "old": Rates(cyrillic=0.45, arabic=0.6, han=1.05, hangul=1.1, indic=0.9, symbol=1.5, emoji=2.5),
    "new": Rates(cyrillic=0.6, arabic=0.75, han=1.15, hangul=1.25, indic=1.0, symbol=1.7, emoji=2.8),
}
# Prompts of everybody's first tests, recorded again and again on models with the old tokenizer.
KNOWN: Mapping[str, int] = {
    "Hi": 8, "Hello": 8, "Hello!": 9, "What is 2+2?": 14, "What's 2 + 2?": 16, "Hello, world!": 11,
    "Hello, Claude!": 11, "What is the capital of France?": 14,
}  # fmt: skip
KNOWN_WEIGHT = 10.0

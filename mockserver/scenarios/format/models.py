"""The fields of ``models``: facts about models, which a fixture file adds to the catalogue or changes."""

from __future__ import annotations

from collections.abc import Iterable

from mockserver.records.days import DAY, LIFECYCLE, is_day, is_lifecycle
from mockserver.records.specs import (
    Either,
    EnumOf,
    Field,
    Flag,
    ListOf,
    MapOf,
    Mode,
    Null,
    Number,
    Record,
    Ref,
    Rule,
    Ruled,
    Text,
    Whole,
)
from mockserver.scenarios.format.conditions import THINKING_TYPES
from mockserver.scenarios.format.values import one_of
from mockserver.scenarios.reading.node import Node

_A_DAY = "a day such as 2026-12-24"
# As people write it, or as the API shows it.
_TIME = rf"{DAY}(?:T00:00:00Z)?"
_TOKENS = Whole(low=1, expect="a whole number from 1")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")


def _check_day(node: Node, _: Mode) -> None:
    if isinstance(node.value, str) and not is_day(node.value[:10]):
        node.expect(_A_DAY)


def _check_lifecycle(node: Node, _: Mode) -> None:
    if isinstance(node.value, str) and not is_lifecycle(node.value):
        node.expect(LIFECYCLE)


def _names_of(names: Iterable[str], what: str) -> ListOf:
    return ListOf(one_of(tuple(names)), f"a list of {what}")


_DAY = Ruled(Text(_A_DAY, pattern=_TIME, form=_A_DAY), (Rule(_check_day),))
_DAY_OR_NULL = Either((Null(), _DAY), f"{_A_DAY}, or null")
_TEXTS = ListOf(Text(), "a list of texts")

LIFE = Ruled(Text(LIFECYCLE, pattern=rf"release|today|{DAY}", form=LIFECYCLE), (Rule(_check_lifecycle),))

# Each key is a field of mockserver.reference.catalog.Model, besides "like".
_OF_LIMITS = {
    "context": Field(_TOKENS, "its window, in tokens"),
    "max_tokens": Field(_TOKENS, "the cap of `max_tokens`"),
    "batch_max_tokens": Field(_TOKENS, "that cap in batches"),
    "overflow": Field(one_of(("refuse", "stop")), "input and `max_tokens` beyond the window: `refuse`, `stop`"),
    "min_cache": Field(_TOKENS, "the tokens of the shortest cached prefix"),
    "image_edge": Field(_TOKENS, "the longest edge of an image before it is scaled down, in pixels"),
    "image_tokens": Field(_TOKENS, "the most tokens of an image"),
    "max_images": Field(_TOKENS, "images, or pages of PDFs, in a request"),
    "tool_base": Field(
        ListOf(Whole(low=0), "a list of two numbers", least=2),
        "the tokens that tools cost once: under `auto`, and under `any` or `tool`",
    ),
    "tokenizer": Field(one_of(("first", "old", "new")), "`first` (Claude 3), `old` (before 4.7) or `new`"),
    "extra_tokens": Field(Whole(low=0), "tokens beside what a request says, in each"),
    "adaptive_tokens": Field(Whole(low=0), "tokens that adaptive thinking costs once"),
    "image_frame": Field(Whole(low=0), "tokens around an image"),
    "prices": Field(
        ListOf(Number(), "a list of numbers", least=2),
        "US dollars for a million tokens of input and of output, and the share that a cached token costs",
    ),
}
_OF_THINKING = {
    "thinking": Field(_names_of(THINKING_TYPES, "types of thinking"), "the types that it takes"),
    "thinking_default": Field(one_of(("off", "on", "always")), "`off`, `on`, `always`"),
    "display": Field(one_of(("summarized", "omitted")), "how thoughts are shown: `summarized`, `omitted`"),
    "quiet_effort": Field(EnumOf(("", "high"), '"" or high'), 'the highest effort without thinking; `""`: any'),
    "effort": Field(_names_of(_EFFORTS, "efforts"), "the efforts that it takes"),
    "effort_default": Field(Either((Null(), one_of(_EFFORTS)), "an effort, or null"), "the effort by default"),
    "output_details": Field(
        one_of(("always", "thinking")), "when `output_tokens_details` are in `usage`: `always`, with `thinking`"
    ),
    "prefix_bound": Field(
        EnumOf(("always", "opt_in", ""), 'always, opt_in or ""'),
        'whether thoughts are bound to what came before: `always`, `opt_in`, `""` (never)',
    ),
    "preserves_thinking": Field(one_of(("all", "last")), "of which turns thinking counts as input: `all`, `last`"),
    "redacts_on_demand": Field(Flag(), "whether the API's test string gets redacted thoughts"),
    "blind_to": Field(_TEXTS, "globs of models whose thoughts it cannot read"),
    "read_by": Field(_TEXTS, "the only models that read its thoughts"),
}
_OF_FEATURES = {
    "sampling": Field(
        one_of(("free", "either", "fixed", "fixed_one")),
        "`free`; `either` temperature or top_p; `fixed` at the defaults; `fixed_one`, and not both",
    ),
    "prefill": Field(Flag(), "whether the conversation may end with the assistant"),
    "forced_tools": Field(Flag(), "whether `tool_choice` may be `any` or `tool`"),
    "system_messages": Field(Flag(), "whether messages may have the role `system`"),
    "inference_geo": Field(Flag(), "whether it takes `inference_geo`"),
    "programmatic_tools": Field(Flag(), "whether code may call tools"),
    "structured_outputs": Field(Flag(), "whether it takes `output_config.format`"),
    "citations": Field(Flag(), "whether its documents may be cited"),
    "compaction": Field(Flag(), "whether it takes `compact_20260112`"),
    "fast": Field(
        EnumOf(("yes", "standard", "refused", ""), 'yes, standard, refused or ""'),
        '`speed: fast` is `"yes"`, served as `standard`, `refused`, or `""` (no such parameter)',
    ),
    "fast_beta": Field(Flag(), "whether `speed` exists under its beta alone"),
    "computer": Field(_TEXTS, "the types of computer tools that it takes"),
    "fallbacks": Field(_TEXTS, "the models that a declined request may fall back to"),
    "advisors": Field(_TEXTS, "the models that may advise it"),
}
MODEL = Record(
    "a model",
    {
        "like": Field(
            Text("the name of a model"), "the model whose facts a new one has; else those of an unknown name"
        ),
        "display_name": Field(Text(), "its name for people"),
        "aliases": Field(_TEXTS, "further names"),
        "line": Field(
            Either((Null(), one_of(("haiku", "sonnet", "opus", "fable", "mythos"))), "a line of models, or null"),
            "`haiku`, `sonnet`, `opus`, `fable`, `mythos`",
        ),
        "created": Field(_DAY, "the day of its release, such as `2026-12-24`"),
        "deprecated_at": Field(_DAY_OR_NULL, "the day on which it is deprecated"),
        "retires_at": Field(_DAY_OR_NULL, "the day on which it retires"),
        "lifecycle": Field(
            one_of(("active", "deprecated", "retired")), "its stage; by default what these two days say"
        ),
        **_OF_LIMITS,
        **_OF_THINKING,
        **_OF_FEATURES,
    },
)
MODELS = MapOf(Ref("model", lambda: MODEL), "a mapping of models by id")

"""The table of endings in docs/gateways.md is what the preset does with them."""

from __future__ import annotations

import re

from mockserver.gateways.adjusting import adjust_body
from mockserver.gateways.channels import NATIVE
from mockserver.gateways.reading import load
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "gateways.md").read_text("utf-8")
ROWS = [line.strip(" |").split(" | ") for line in PAGE.splitlines() if re.match(r" +\| `-", line)]
GATEWAY = load("new-api")
# A model for each kind that the table names; "the same" are those of the row before.
MODELS = {"any model": "claude-sonnet-4-5", "Claude Opus 4.7": "claude-opus-4-8", "Claude Opus 4.6": "claude-opus-4-6"}
SAMPLING = {"temperature": 0.5, "top_p": 0.5, "top_k": 5}


def test_endings_become_what_the_table_says() -> None:
    told, before = set(), ("", "")
    for endings, of, becomes in ROWS:
        model = before[0] if of == "the same" else next(name for kind, name in MODELS.items() if of.startswith(kind))
        words = becomes.replace("the same", before[1])
        for ending in re.findall(r"`-(\w+)`", endings):
            told.add((model, ending))
            body = adjust_body({"model": f"{model}-{ending}", "max_tokens": 100, **SAMPLING}, GATEWAY, NATIVE)
            _, _, dropped = words.partition("without")
            assert set(re.findall(r"`(\w+)`", dropped)) == SAMPLING.keys() - body.keys(), (model, ending)
            is_adaptive = "adaptive" in words
            assert body["thinking"]["type"] == ("adaptive" if is_adaptive else "enabled")
            assert body["thinking"].get("display") == ("summarized" if "display: summarized" in words else None)
            effort = "high" if ending == "thinking" else ending
            assert body.get("output_config") == ({"effort": effort} if is_adaptive else None)
            if not is_adaptive:
                assert (body["max_tokens"], body["thinking"]["budget_tokens"]) == (1280, 1024)
        before = model, words
    kinds = {(model, row.ending[1:]) for row in GATEWAY.names for model in MODELS.values() if _is_of(row.models, model)}
    # It is any model here.
    assert told == kinds - {(MODELS["Claude Opus 4.6"], "thinking")}


def _is_of(globs: tuple[str, ...], model: str) -> bool:
    return not globs or any(model.startswith(glob.rstrip("*")) for glob in globs)

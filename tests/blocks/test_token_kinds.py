"""What single things cost, against recorded counts: documents, citations, tools of the API's own, options, letters."""

from __future__ import annotations

import zlib
from base64 import b64encode
from typing import Any

import pytest

from mockserver.blocks.counting import count_request
from mockserver.reference.catalog import lookup

SNOW = {"type": "text", "media_type": "text/plain", "data": "Snow is white."}
OWN = {"name": "t", "description": "d", "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}}}
CALL = {"type": "tool_use", "id": "toolu_01", "name": "t", "input": {"a": "x"}}
WIDE = "lorem ipsum dolor sit amet consectetuer adipiscing elit phasellus facilisis odio sed mi curabitur suscipit " * 4


def count(model: str, content: Any = "Hi.", **more: Any) -> int:
    return count_request({"messages": [{"role": "user", "content": content}], **more}, lookup(model))


def extra(model: str, block: dict[str, Any], text: str = "") -> int:
    """What a block costs beside a text of the same words."""
    words = [{"type": "text", "text": text}] if text else []
    hello = {"type": "text", "text": "Hi."}
    return count(model, [block, hello]) - count(model, [*words, hello])


def make_pdf(content: bytes, *, packed: bool = True, more: bytes = b"") -> dict[str, Any]:
    stream, kind = (zlib.compress(content), b"/Filter /FlateDecode ") if packed else (content, b"")
    file = (
        b"%PDF-1.4\n1 0 obj << /Type /Pages /Kids [2 0 R] /Count 1 >> endobj\n"
        b"2 0 obj << /Type /Page /Parent 1 0 R /Contents 3 0 R >> endobj\n"
        b"3 0 obj << " + kind + b"/Length 9 >>\nstream\n" + stream + b"\nendstream endobj\n" + more + b"%%EOF"
    )
    source = {"type": "base64", "media_type": "application/pdf", "data": b64encode(file).decode()}
    return {"type": "document", "source": source}


@pytest.mark.parametrize(
    "model", ["claude-haiku-4-5", "claude-sonnet-4-6", "claude-3-5-haiku-latest", "claude-opus-4-8"]
)
@pytest.mark.parametrize(
    "source", [SNOW, {"type": "content", "content": "Snow is white."}, {**SNOW, "data": "Snow is white. " * 20}]
)
def test_documents_cost_their_frame(model: str, source: dict[str, Any]) -> None:
    """Recorded, 2025-07 to 2026-08: 27 to 42 tokens more than the words."""
    text = source.get("data") or source["content"]
    assert 27 <= extra(model, {"type": "document", "source": source}, text) <= 47


@pytest.mark.parametrize(
    ("model", "least", "most"),
    [
        ("claude-sonnet-4-5", 540, 560),
        ("claude-sonnet-4-6", 540, 560),
        ("claude-opus-4-8", 740, 765),
        ("claude-sonnet-5", 740, 765),
        ("claude-opus-5", 740, 765),
    ],
)
def test_citations_cost_by_tokenizer(model: str, least: int, most: int) -> None:
    """Recorded: 550 with the old tokenizer; 842 to 852 in all for a short document with the new one (20 of 20)."""
    plain = {"type": "document", "source": SNOW}
    cited = {**plain, "citations": {"enabled": True}}
    assert least <= count(model, [cited]) - count(model, [plain]) <= most
    assert count(model, [cited, cited]) - count(model, [plain, plain]) <= most


@pytest.mark.parametrize(
    ("model", "citations"), [("claude-sonnet-4-6", 548), ("claude-opus-4-5", 548), ("claude-opus-4-8", 751)]
)
@pytest.mark.parametrize("results", [1, 2, 4])
def test_results_inside_a_tool_result_are_cited(model: str, citations: int, results: int) -> None:
    """Recorded on claude-sonnet-4-6: 1430 tokens with two results, 1754 with four."""
    found = {"type": "search_result", "source": "kb://a", "title": "A", "content": [{"type": "text", "text": "Snow."}]}
    cited = {**found, "citations": {"enabled": True}}

    def ask(block: dict[str, Any]) -> int:
        result = {"type": "tool_result", "tool_use_id": "toolu_01", "content": [block] * results}
        messages = [
            {"role": "user", "content": "Go."},
            {"role": "assistant", "content": [CALL]},
            {"role": "user", "content": [result]},
        ]
        return count_request({"messages": messages, "tools": [OWN]}, lookup(model))

    assert abs(ask(cited) - ask(found) - citations) <= 1
    document = {"type": "document", "source": SNOW, "citations": {"enabled": True}}
    assert ask(document) - ask({"type": "document", "source": SNOW}) == pytest.approx(citations, abs=1)


@pytest.mark.parametrize(
    ("model", "kinds", "cost"),
    [
        ("claude-sonnet-4-0", ["text_editor_20250124", "bash_20250124"], 952),
        ("claude-sonnet-4-6", ["text_editor_20250728"], 745),
        ("claude-opus-4-1", ["text_editor_20250429"], 702),
        ("claude-sonnet-4-5", ["memory_20250818"], 1068),
        ("claude-sonnet-4-0", ["computer_20250124"], 1320),
        ("claude-opus-4-8", ["bash_20250124"], 325),
        ("claude-haiku-4-5", ["web_search_20250305"], 1709),
        ("claude-sonnet-4-6", ["web_search_20260209", "code_execution_20260120"], 3877),
        ("claude-haiku-4-5", ["web_search_20260318"], 1709),
        ("claude-3-5-haiku-latest", ["web_search_20250305"], 2335),
        ("claude-3-5-sonnet-latest", ["web_search_20250305"], 2335),
        ("claude-sonnet-5", ["web_search_20250305"], 2436),
        ("claude-opus-5", ["web_search_20250305"], 2436),
        ("claude-haiku-4-5", ["web_fetch_20250910"], 527),
        ("claude-opus-4-8", ["web_fetch_20250910"], 758),
        ("claude-sonnet-4-0", ["code_execution_20260120"], 420),
        ("claude-sonnet-4-6", ["code_execution_20250825"], 420),
        ("claude-sonnet-4-6", ["code_execution_20260120"], 1737),
        ("claude-sonnet-5", ["advisor_20260301"], 750),
    ],
)
def test_own_tools_cost_their_descriptions(model: str, kinds: list[str], cost: int) -> None:
    """Recorded in first samplings; bash on 4.8 and the text editor of 4.1 as documented, 2026-10."""
    tools = [{"type": kind, "name": kind} for kind in kinds]
    assert count(model, tools=tools) - count(model) - lookup(model).tool_base[0] == pytest.approx(cost, abs=1)


@pytest.mark.parametrize(
    ("model", "cost"),
    [("claude-sonnet-4-5", 191), ("claude-haiku-4-5", 191), ("claude-sonnet-4-6", 191), ("claude-opus-4-8", 363)],
)
@pytest.mark.parametrize("kind", ["tool_search_tool_bm25_20251119", "tool_search_tool_regex_20251119"])
def test_tool_search_costs_less_where_nothing_was_found(model: str, cost: int, kind: str) -> None:
    """Recorded: 765, 819 and 702 on 4.5 and 4.6; new models are told of deferred tools, too."""
    tools = [{"type": kind, "name": "search"}, {**OWN, "defer_loading": True}]
    assert count(model, tools=tools) - count(model) - lookup(model).tool_base[0] == pytest.approx(cost, abs=2)


def refer(name: str) -> list[dict[str, Any]]:
    """The ways in which a conversation brings up a deferred tool."""
    reference = {"type": "tool_reference", "tool_name": name}
    found = {"type": "tool_search_tool_search_result", "tool_references": [reference]}
    return [
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01", "content": [reference]}]},
        {"role": "assistant", "content": [{"type": "tool_search_tool_result", "tool_use_id": "s", "content": found}]},
        {"role": "system", "content": [{"type": "tool_addition", "tool": {"type": "tool_reference", "name": name}}]},
    ]


@pytest.mark.parametrize("way", [0, 1, 2])
@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-8", "claude-fable-5"])
def test_deferred_tools_cost_when_they_are_brought_up(model: str, way: int) -> None:
    """Recorded, 2026-04 to 2026-08: a reference brings the definition of its tool."""
    deferred = {**OWN, "description": "Looks up the exchange rate of two currencies. " * 10, "defer_loading": True}

    def ask(name: str) -> int:
        messages = [{"role": "user", "content": "Go."}, refer(name)[way]]
        return count_request({"messages": messages, "tools": [deferred]}, lookup(model))

    assert ask("t") - ask("x") > 70


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("claude-opus-4-6", 17),
        ("claude-sonnet-4-6", 0),
        ("claude-opus-4-8", 0),
        ("claude-opus-4-7", 0),
        ("claude-sonnet-5", 0),
    ],
)
def test_adaptive_thinking_costs_on_opus_4_6_alone(model: str, cost: int) -> None:
    """Recorded: "What is 2+2?" takes 14 and 31 there; on 4.7 all prompts cost 5 more than on 4.8."""
    assert count(model, "What is 2+2?", thinking={"type": "adaptive"}) - count(model, "What is 2+2?") == cost


@pytest.mark.parametrize("budget", [{"total": 20000}, {"total": 20000, "remaining": 500}])
@pytest.mark.parametrize("model", ["claude-opus-4-7", "claude-opus-4-8", "claude-sonnet-5"])
def test_task_budget_costs(model: str, budget: dict[str, int]) -> None:
    """Recorded on claude-opus-4-7: 54 and 53 in all."""
    config = {"task_budget": {"type": "tokens", **budget}}
    assert count(model, "What is 2+2?", output_config=config) - count(model, "What is 2+2?") == 36
    assert 52 <= count("claude-opus-4-7", "What is 2+2?", output_config=config) <= 56


@pytest.mark.parametrize("letter", ["a", "x", "Z", "Q"])
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-3-5-haiku-latest", "claude-sonnet-4-6"])
def test_runs_of_a_letter_are_cut_into_threes(model: str, letter: str) -> None:
    """Recorded: 3.03 characters a token (19 of 23)."""
    assert count(model, letter * 3000) == pytest.approx(1000, rel=0.15)


@pytest.mark.parametrize("operator", [b"(%s) Tj", b"[(%s)] TJ", b"[(%s) -20 ()] TJ"])
@pytest.mark.parametrize("packed", [True, False])
def test_words_of_a_pdf_count(operator: bytes, packed: bool) -> None:
    """Recorded: 1,598 for a page with two words, 2,667 for one full of Latin (54 recordings)."""
    page = b"BT /F1 12 Tf " + operator % WIDE.encode() + b" ET"
    words = count("claude-haiku-4-5", WIDE) - count("claude-haiku-4-5", "")
    shown = extra("claude-haiku-4-5", make_pdf(page, packed=packed))
    assert shown == pytest.approx(1590 + words, abs=8)
    assert extra("claude-haiku-4-5", make_pdf(b"q Q", packed=packed)) == pytest.approx(1590, abs=1)


def test_other_streams_of_a_pdf_are_no_words() -> None:
    font = b"4 0 obj << /Length1 900 /Length 90 >>\nstream\n(many words that no page shows) Tj\nendstream endobj\n"
    assert extra("claude-haiku-4-5", make_pdf(b"BT (one) Tj ET", more=font)) < 1595


@pytest.mark.parametrize(
    "prose",
    [
        "Der schnelle braune Fuchs springt ohne Zögern über den trägen Hund und läuft danach in den dunklen "
        "Wald, wo er sich bis zum späten Abend vor den Jägern versteckt. Erst als der Mond aufgeht, wagt er "
        "sich wieder heraus, sucht am Bach nach Futter und kehrt müde, aber zufrieden in seinen Bau zurück, "
        "den er vor zwei Wintern gegraben hat.",
        "Le renard brun et rapide saute sans hésiter par-dessus le chien paresseux, puis il court dans la "
        "forêt sombre, où il se cache jusqu'au soir. Quand la lune se lève, il ose enfin sortir, cherche de "
        "quoi manger près du ruisseau et rentre, fatigué mais content, dans son terrier, creusé il y a deux "
        "hivers sous un vieux chêne couvert de mousse.",
        "El rápido zorro marrón salta sin dudar sobre el perro perezoso y luego corre hacia el bosque oscuro, "
        "donde se esconde hasta la noche. Cuando sale la luna, por fin se atreve a salir, busca comida junto "
        "al arroyo y vuelve, cansado pero contento, a su madriguera, que cavó hace dos inviernos bajo un "
        "viejo roble lleno de musgo verde.",
    ],
)
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-5"])
def test_prose_in_another_language_costs_more(model: str, prose: str) -> None:
    """Recorded for Latin alone: 2.6 tokens a word; English takes 1.2 to 1.4."""
    words = len(prose.split())
    assert 1.8 * words < count(model, prose) < 3.2 * words


@pytest.mark.parametrize("text", ["More " * 100, "You will find it below. " * 50, '{"a": "b"}, ' * 200, "word " * 3000])
def test_filler_is_no_other_language(text: str) -> None:
    words = len(text.split())
    assert count("claude-haiku-4-5", text) < 8 * words if "{" in text else 1.35 * words + 10


def test_prefilled_answers_open_no_frame() -> None:
    """Recorded: "What is 2+2?" takes 14, and 17 with "The answer is" behind it."""
    question = {"role": "user", "content": "What is 2+2?"}
    start = {"role": "assistant", "content": "The answer is"}
    assert count_request({"messages": [question, start]}, lookup("claude-haiku-4-5")) in (16, 17, 18)


@pytest.mark.parametrize("size", [(128, 128, 25), (330, 291, 132)])
def test_pictures_cost_more_on_haiku_3_5(size: tuple[int, int, int]) -> None:
    """Recorded on claude-3-5-haiku: 12 tokens more than on other models, for PNG, JPEG and WebP."""
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + bytes(5)
    source = {"type": "base64", "media_type": "image/png", "data": b64encode(head).decode()}
    block = {"type": "image", "source": source}
    assert extra("claude-3-5-haiku-latest", block) == pytest.approx(size[2] + 15, abs=1)
    assert extra("claude-haiku-4-5", block) == pytest.approx(size[2] + 3, abs=1)


def test_uploads_cost_little() -> None:
    """Recorded: 4,727 tokens in two samplings, of which the second reads the call and its result as well."""
    content = [
        {
            "type": "text",
            "text": "Use the code execution tool to read the uploaded CSV file and report the sum of its values.",
        },
        {"type": "container_upload", "file_id": "file_011CcQH3nbP5brKi4DsVcj7j"},
    ]
    tools = [{"type": "code_execution_20260120", "name": "code_execution"}]
    assert 4400 < 2 * count("claude-sonnet-4-6", content, tools=tools) < 4727

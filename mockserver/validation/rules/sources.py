"""Rules of citable blocks: documents and search results."""

from __future__ import annotations

from mockserver.blocks import BLOCKS
from mockserver.records.errors import Finding
from mockserver.validation.facts import BlockRef, Facts, refuse

CITABLE = tuple(kind for kind, row in BLOCKS.items() if row.is_citable)


def citations_supported(facts: Facts) -> Finding | None:
    """Claude 3 Haiku, and models before it, do not cite.

    Source: recorded 2025-06 (a document, Claude 3 Haiku); documented, citations; search results by analogy.
    """
    cited = None if facts.model.citations else next(filter(_is_cited, facts.survey.of(*CITABLE)), None)
    if cited is None:
        return None
    place = f"{cited.path}.{cited.block['type']}.citations"
    return refuse(f"'{facts.model.id}' does not support citations.", path=place)


def citations_uniform(facts: Facts) -> Finding | None:
    """Citations are on for all documents or for none, and for all search results or for none.

    Source: documented, citations and search results; texts inferred.
    """
    for kind in CITABLE:
        if len({_is_cited(ref) for ref in facts.survey.of(kind)}) > 1:
            noun = f"{kind.replace('_', ' ')}s"
            return refuse(f"messages: citations must be enabled for all {noun} in the request or for none of them")
    return None


def citations_unformatted(facts: Facts) -> Finding | None:
    """Citations and a prescribed format exclude each other, because citations split the text.

    Source: documented, structured outputs; text inferred.
    """
    cited = [ref for ref in facts.survey.of(*CITABLE) if _is_cited(ref)]
    if not facts.output_config("format") or not cited:
        return None
    place = f"{cited[0].path}.{cited[0].block['type']}.citations"
    return refuse("`citations` cannot be enabled when `output_config.format` is set.", path=place)


def search_results_unmixed(facts: Facts) -> Finding | None:
    """A tool result holds search results only, or none.

    Source: documented, search results; text inferred.
    """
    for ref in facts.survey.of("tool_result"):
        content = ref.block.get("content")
        kinds = {block.get("type") for block in content} if isinstance(content, list) else set()
        if "search_result" in kinds and len(kinds) > 1:
            reason = "`search_result` blocks cannot be mixed with other blocks in one tool_result"
            return refuse(f"{ref.path}.tool_result.content: {reason}")
    return None


def _is_cited(ref: BlockRef) -> bool:
    return bool((ref.block.get("citations") or {}).get("enabled"))

"""All rules with their triggers, in the order in which they are checked."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts
from mockserver.validation.rules import (
    advisors,
    batches,
    caching,
    conversation,
    definitions,
    diagnostics,
    fallbacks,
    features,
    files,
    grammar,
    limits,
    pairing,
    pictures,
    prefill,
    references,
    sampling,
    searches,
    servers,
    sources,
    systems,
    thinking,
    tools,
    toolsets,
)


class Row(Struct, frozen=True):
    """A rule and its triggers: body keys, ``block:TYPE``, ``role:ROLE`` or marks of the survey; none means always."""

    rule: Callable[[Facts], Finding | None]
    triggers: tuple[str, ...] = ()


_PLACED = (conversation.USER_BLOCKS, conversation.ASSISTANT_BLOCKS, conversation.SYSTEM_BLOCKS, conversation.THOUGHTS)
_BLOCKS = tuple(f"block:{kind}" for kinds in _PLACED for kind in kinds)
_THOUGHTS = tuple(f"block:{kind}" for kind in conversation.THOUGHTS)
_SERVER_RESULTS = tuple(f"block:{kind}" for kinds in pairing.SERVER_RESULTS.values() for kind in kinds)
_CITABLE = tuple(f"block:{kind}" for kind in sources.CITABLE)
_FILES = tuple(f"block:{kind}" for kind in files.KINDS)

# Rules of single fields, of the model's name, then of the conversation. When the API looks the model up is not known;
# "after unknown keys" is the suggestion of its observers.
SHAPE = (
    Row(limits.user_unnamed, ("metadata",)),
    Row(servers.container_plain, ("container",)),
    Row(limits.speed_known, ("speed",)),
    Row(conversation.content_present, ("@hollow",)),
    Row(batches.ids_unique, ("requests",)),
    Row(tools.names_unique, ("tools",)),
    Row(tools.schemas_plain, ("tools",)),
    Row(tools.schemas_valid, ("tools",)),
    Row(limits.model_known, ("model",)),
    Row(systems.system_fields, ("@fields",)),
    Row(conversation.content_given, ("@hollow",)),
    Row(systems.system_messages, ("role:system",)),
    Row(caching.breakpoints_filled, ("@cache", "system")),
    Row(conversation.text_given, ("@empty",)),
    Row(conversation.text_visible, ("@blank",)),
    Row(conversation.system_text, ("system",)),
    Row(conversation.blocks_placed, _BLOCKS),
    Row(conversation.documents_of_users, ("block:document",)),
    Row(conversation.citations_of_assistants, ("@cited",)),
    Row(features.compaction_enabled, ("block:compaction",)),
    Row(features.compaction_leads, ("block:compaction",)),
    Row(features.compaction_unbudgeted, ("block:compaction",)),
    Row(features.compaction_alone, ("compaction",)),
    Row(pairing.failures_told, ("block:tool_result",)),
    Row(pairing.uses_answered, ("block:tool_use", "block:tool_result")),
    Row(pairing.uses_last, ("block:tool_use",)),
    Row(pairing.server_results_expected, _SERVER_RESULTS),
    Row(pairing.server_uses_resolved, ("block:server_tool_use",)),
    Row(pairing.callers_known, ("@called",)),
    Row(conversation.thought_not_last, _THOUGHTS),
    Row(servers.container_used, ("container",)),
)

MODEL = (
    Row(batches.item_unstreamed, ("stream",)),
    Row(batches.item_plain, ("speed", "fallbacks", "thread", "billing_policy")),
    Row(sampling.sampling_gone, ("temperature", "top_k", "top_p")),
    Row(limits.output_within_cap, ("max_tokens",)),
    Row(diagnostics.previous_message_named, ("diagnostics",)),
    Row(limits.silence_alone, ("max_tokens",)),
    Row(limits.stops_visible, ("stop_sequences",)),
    Row(tools.choice_has_tools, ("tool_choice",)),
    Row(tools.choice_supported, ("tool_choice",)),
    Row(tools.types_supported, ("tools",)),
    Row(advisors.advisor_capable, ("tools",)),
    Row(advisors.advice_within_cap, ("tools",)),
    Row(tools.code_may_call, ("tools",)),
    Row(tools.strict_called_directly, ("tools",)),
    Row(tools.some_tool_loaded, ("tools",)),
    Row(tools.deferred_uncached, ("tools",)),
    Row(tools.examples_valid, ("tools",)),
    Row(tools.domains_one_way, ("tools",)),
    Row(searches.place_named, ("tools",)),
    Row(searches.country_supported, ("tools",)),
    Row(searches.domains_accessible, ("tools",)),
    Row(references.references_resolved, ("block:tool_reference", "tools")),
    Row(references.changes_resolved, ("block:tool_addition", "block:tool_removal")),
    Row(definitions.names_kept, ("block:tool_addition",)),
    Row(definitions.definitions_valid, ("block:tool_addition",)),
    Row(toolsets.members_answered_alike, ("@member",)),
    Row(toolsets.browser_described, ("block:browser_state",)),
    Row(servers.servers_encrypted, ("mcp_servers",)),
    Row(servers.servers_referenced, ("mcp_servers", "tools")),
    Row(systems.system_role_known, ("role:system",)),
    Row(thinking.type_supported, ("thinking",)),
    Row(thinking.budget_fits, ("thinking",)),
    Row(thinking.forced_tools_thoughtless, ("thinking",)),
    Row(limits.effort_known, ("output_config",)),
    Row(thinking.effort_when_quiet, ("thinking",)),
    Row(thinking.effort_steady, ("thinking",)),
    Row(sampling.sampling_supported, ("temperature", "top_k", "top_p")),
    Row(sampling.sampling_with_thinking, ("temperature", "top_k", "top_p")),
    Row(limits.budget_large_enough, ("output_config",)),
    Row(limits.place_supported, ("inference_geo",)),
    Row(limits.speed_supported, ("speed",)),
    Row(features.thinking_to_clear, ("context_management",)),
    Row(features.compaction_supported, ("context_management", "compaction")),
    Row(features.thread_alone, ("thread",)),
    Row(fallbacks.fallbacks_exclusive, ("fallbacks",)),
    Row(fallbacks.fallbacks_plain, ("fallbacks",)),
    Row(fallbacks.fallbacks_allowed, ("fallbacks",)),
    Row(fallbacks.fallbacks_valid, ("fallbacks",)),
    Row(features.profile_named, ("billing_policy",)),
    Row(grammar.format_valid, ("output_config", "output_format")),
    Row(grammar.format_compiles, ("output_config", "output_format")),
    Row(grammar.format_supported, ("output_config", "output_format")),
    Row(grammar.strict_tools_limited, ("tools", "block:tool_addition")),
    Row(grammar.strict_tools_compile, ("tools",)),
    Row(grammar.parameters_limited, ("tools", "output_config", "output_format", "block:tool_addition")),
    Row(grammar.strict_tools_simple, ("tools",)),
    Row(caching.automatic_agrees, ("cache_control",)),
    Row(caching.breakpoints_ordered, ("@cache", "system", "tools", "cache_control")),
    Row(caching.breakpoints_counted, ("@cache", "system", "tools")),
    Row(sources.citations_supported, _CITABLE),
    Row(sources.citations_uniform, _CITABLE),
    Row(sources.citations_unformatted, _CITABLE),
    Row(sources.search_results_unmixed, ("block:search_result",)),
    Row(files.files_found, _FILES),
    Row(files.files_suit, _FILES),
    Row(pictures.images_sound, ("block:image",)),
    Row(pictures.documents_sound, ("block:document",)),
    Row(pictures.media_counted, ("block:image", "block:document")),
    Row(pictures.urls_reachable, ("block:image", "block:document")),
    Row(pairing.container_resumed, ("@called",)),
    Row(thinking.thought_leads, ("thinking",)),
    Row(prefill.prefill_supported, ("role:assistant",)),
    Row(prefill.prefill_thoughtless, ("thinking",)),
    Row(prefill.prefill_trimmed, ("role:assistant",)),
    Row(prefill.prefill_unformatted, ("output_config",)),
    Row(thinking.thoughts_filled, _THOUGHTS),
    Row(thinking.thoughts_genuine, _THOUGHTS),
    Row(fallbacks.boundaries_kept, _THOUGHTS),
    Row(features.compaction_genuine, ("block:compaction",)),
    Row(thinking.thoughts_in_place, _THOUGHTS),
    Row(tools.tools_counted, ("tools", "block:tool_addition", "block:server_tool_use")),
    Row(limits.prompt_fits),
)

# In the order in which they are checked: first the rules that are the same for all models.
ROWS = (*SHAPE, *MODEL)

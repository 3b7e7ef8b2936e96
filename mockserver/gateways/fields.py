"""The fields of a Messages request that gateways know: of other types they take none, and others do not go on."""

from __future__ import annotations

from mockserver.wires import Translation
from mockserver.wires.chat.decoding import Object, check

# The fields and their types, as new-api decodes them (source code of 2026); None: of any type.
THINKING = Object("Thinking", {"type": "string", "budget_tokens": "int", "display": "string"})
REQUEST = Object(
    "ClaudeRequest",
    {
        "model": "string",
        "prompt": "string",
        "system": None,
        "messages": Object("ClaudeMessage", {"role": "string", "content": None}, is_list=True),
        "cache_control": None,
        "max_tokens": "uint",
        "max_tokens_to_sample": "uint",
        "stop_sequences": None,
        "temperature": "float64",
        "top_p": "float64",
        "top_k": "int",
        "stream": "bool",
        "tools": None,
        "context_management": None,
        "output_config": None,
        "output_format": None,
        "container": None,
        "tool_choice": None,
        "thinking": THINKING,
        "mcp_servers": None,
        "metadata": None,
        # These stay behind unless a channel is set to pass them on.
        "inference_geo": "string",
        "speed": None,
        "service_tier": "string",
    },
)
LEFT_OUT = frozenset(("inference_geo", "speed", "service_tier"))
PASSED = REQUEST.fields.keys() - LEFT_OUT


def take(body: dict[str, object]) -> Translation:
    """A body of the Messages wire as a gateway decodes it, with the refusal of a value of a wrong type.

    What it does not know is left out without a word: the API neither refuses it nor does what it says. So threads and
    fallbacks of models do not work through a gateway.
    """
    return Translation({key: value for key, value in body.items() if key in PASSED}, finding=check(body, REQUEST))

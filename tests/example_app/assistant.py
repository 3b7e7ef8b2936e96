"""A small assistant on the official SDK: streams what it says, looks things up with tools, does not give up easily."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anthropic
import httpx2
from anthropic.types import Message

MODEL = "claude-opus-5-5"
SYSTEM = "You answer questions about the weather, briefly."
TOOL: Any = {
    "name": "get_weather",
    "description": "The weather of a city, now.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}

Tool = Callable[..., Any]


class RefusedError(Exception):
    """The model would not answer."""


class Assistant:
    """Answers questions, with the help of tools by name."""

    def __init__(
        self, client: anthropic.Anthropic, tools: Mapping[str, Tool], *, rounds: int = 5, attempts: int = 3
    ) -> None:
        self.client = client.with_options(max_retries=attempts - 1)
        self.tools = tools
        self.rounds = rounds
        self.attempts = attempts

    def ask(self, question: str, on_text: Callable[[str], object] = print) -> str:
        """Answers a question; hands over what it says, piece by piece, as it comes."""
        messages: list[Any] = [{"role": "user", "content": question}]
        for _ in range(self.rounds):
            message = self._hear(messages, on_text)
            messages.append({"role": "assistant", "content": message.content})
            if message.stop_reason == "refusal":
                raise RefusedError(question)
            results = [self._use(block) for block in message.content if block.type == "tool_use"]
            if not results:
                return "".join(block.text for block in message.content if block.type == "text")
            messages.append({"role": "user", "content": results})
        raise RuntimeError(f"no answer after {self.rounds} rounds")

    def _hear(self, messages: list[Any], on_text: Callable[[str], object], failed: int = 0) -> Message:
        """One message. The SDK tries again what failed before the stream began; we, what broke inside it."""
        try:
            return self._stream(messages, on_text)
        except httpx2.TransportError:
            if failed + 1 == self.attempts:
                raise
            return self._hear(messages, on_text, failed + 1)

    def _stream(self, messages: list[Any], on_text: Callable[[str], object]) -> Message:
        with self.client.messages.stream(
            model=MODEL,
            max_tokens=2048,
            system=[{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
            thinking={"type": "adaptive"},
            tools=[TOOL],
            messages=messages,
        ) as stream:
            for text in stream.text_stream:
                on_text(text)
            return stream.get_final_message()

    def _use(self, block: Any) -> dict[str, Any]:
        """The result of a tool, or what went wrong with it."""
        result: dict[str, Any] = {"type": "tool_result", "tool_use_id": block.id}
        try:
            return {**result, "content": str(self.tools[block.name](**block.input))}
        except Exception as error:
            return {**result, "content": f"{type(error).__name__}: {error}", "is_error": True}

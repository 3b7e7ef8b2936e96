// The application under test: asks, streams, and uses a tool.
import Anthropic from "@anthropic-ai/sdk";

const tools = [
  {
    name: "get_weather",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
];

export async function ask(question, { getWeather, headers } = {}) {
  const client = new Anthropic({ defaultHeaders: headers, maxRetries: 2 });
  const messages = [{ role: "user", content: question }];
  for (;;) {
    const stream = client.messages.stream({ model: "claude-opus-5-5", max_tokens: 1024, tools, messages });
    const message = await stream.finalMessage();
    messages.push({ role: "assistant", content: message.content });
    const uses = message.content.filter((block) => block.type === "tool_use");
    if (uses.length === 0) return message.content.map((block) => block.text ?? "").join("");
    const results = uses.map((use) => ({
      type: "tool_result",
      tool_use_id: use.id,
      content: JSON.stringify(getWeather(use.input.city)),
    }));
    messages.push({ role: "user", content: results });
  }
}

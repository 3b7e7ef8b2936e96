// Uses the official TypeScript SDK against the server at ANTHROPIC_BASE_URL and prints what it saw as JSON.
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ maxRetries: 0 });
const ask = (text, more = {}) => ({
  model: "claude-opus-4-8",
  max_tokens: 1024,
  messages: [{ role: "user", content: text }],
  ...more,
});
const seen = {};

const message = await client.messages.create(ask("Hello"));
seen.text = message.content[0].text;
seen.requestId = message._request_id;

const stream = client.messages.stream(ask("Hello"));
let streamed = "";
stream.on("text", (text) => (streamed += text));
const final = await stream.finalMessage();
seen.streamed = streamed;
seen.finalText = final.content[0].text;
seen.usage = [message.usage.output_tokens, final.usage.output_tokens];

const tools = [
  {
    name: "get_weather",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
];
const first = await client.messages.stream(ask("What is the weather?", { tools })).finalMessage();
const use = first.content.find((block) => block.type === "tool_use");
seen.toolInput = use.input;
const second = await client.messages.create({
  ...ask(""),
  tools,
  messages: [
    { role: "user", content: "What is the weather?" },
    { role: "assistant", content: first.content },
    { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: '{"temp": 21}' }] },
  ],
});
seen.answer = second.content[0].text;

seen.errors = [];
for (const body of [ask("Hello", { max_tokens: -1 }), ask("fail with 529"), ask("fail with 429")]) {
  try {
    await client.messages.create(body);
    seen.errors.push(null);
  } catch (error) {
    seen.errors.push([error.constructor.name, error.status, Boolean(error.requestID)]);
  }
}
console.log(JSON.stringify(seen));

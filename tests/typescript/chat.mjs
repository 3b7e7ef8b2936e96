// Uses the official TypeScript SDK of OpenAI against the server at OPENAI_BASE_URL and prints what it saw as JSON.
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });
const ask = (text, more = {}) => ({
  model: "claude-opus-4-8",
  messages: [{ role: "user", content: text }],
  ...more,
});
const seen = {};

const whole = await client.chat.completions.create(ask("Hello"));
seen.text = whole.choices[0].message.content;
seen.requestId = whole._request_id;

seen.streamed = "";
const chunks = await client.chat.completions.create(
  ask("Hello", { stream: true, stream_options: { include_usage: true } }),
);
for await (const chunk of chunks) {
  seen.streamed += chunk.choices[0]?.delta?.content ?? "";
  if (chunk.usage) seen.usage = [whole.usage.completion_tokens, chunk.usage.completion_tokens];
}
const final = await client.chat.completions.stream(ask("Hello")).finalChatCompletion();
seen.finalText = final.choices[0].message.content;

seen.called = [];
const runner = client.chat.completions.runTools(
  ask("What is the weather?", {
    tools: [
      {
        type: "function",
        function: {
          name: "get_weather",
          parse: JSON.parse,
          function: ({ city }) => {
            seen.called.push(city);
            return '{"temp": 21}';
          },
          parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
        },
      },
    ],
  }),
);
seen.answer = await runner.finalContent();

const schema = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "integer" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};
const format = { type: "json_schema", json_schema: { name: "weather", strict: true, schema } };
const parsed = await client.chat.completions.create(ask("Hello", { response_format: format }));
seen.structured = Object.keys(JSON.parse(parsed.choices[0].message.content));

seen.errors = [];
for (const body of [ask("Hello", { temperature: 3 }), ask("fail with 529"), ask("fail with 429")]) {
  try {
    await client.chat.completions.create(body);
    seen.errors.push(null);
  } catch (error) {
    seen.errors.push([error.constructor.name, error.status, Boolean(error.requestID)]);
  }
}
seen.models = (await client.models.list()).data.map((model) => model.id);
console.log(JSON.stringify(seen));

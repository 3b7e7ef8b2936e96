import assert from "node:assert/strict";
import { test } from "node:test";
import { findPlace, readConversation, readTurns, tellAnswer } from "../src/request/conversation.ts";
import type { Entry, Finding, Json } from "../src/types.ts";

function make(body: Json, more: Partial<Entry> = {}): Entry {
  return { body, messages: null, answer: null, findings: [], objection: null, answer_findings: [], ...more } as unknown as Entry;
}

function object(path: string): Finding {
  return { rule: "any", path, message: "No.", source: null };
}

const WEATHER = {
  model: "claude-opus-5-5",
  system: "Be kind.",
  tools: [{ name: "get_weather", cache_control: { type: "ephemeral", ttl: "1h" } }],
  messages: [
    { role: "user", content: "Weather?" },
    { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "get_weather", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "Sun." }, { type: "text", text: "Well?" }] },
  ],
};

test("results stand with their calls", () => {
  const { turns } = readConversation(make(WEATHER));
  assert.equal(turns[1]?.blocks[0]?.result?.path, "messages.2.content.0");
  assert.deepEqual(turns[2]?.blocks.map((block) => block.type), ["text"]);
  assert.equal(turns[2]?.moved, 1);
});

test("results without a call, and second ones, stay where they are", () => {
  const result = { type: "tool_result", tool_use_id: "toolu_1", content: "Again." };
  const other = { ...result, tool_use_id: "toolu_2" };
  const body = { messages: [...WEATHER.messages, { role: "user", content: [result, other, { ...result, tool_use_id: "__proto__" }] }] };
  assert.equal(readConversation(make(body)).turns[3]?.blocks.length, 3);
});

test("a server tool's result stands with its call in the answer", () => {
  const content = [
    { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
    { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
    { type: "text", text: "Found." },
  ];
  const { answer } = readConversation(make(WEATHER, { answer: { type: "message", content } }));
  assert.deepEqual(answer?.map((block) => block.type), ["server_tool_use", "text"]);
  assert.equal(answer?.[0]?.result?.type, "web_search_tool_result");
});

test("cache breakpoints and parameters are read", () => {
  const { tools, parameters, system } = readConversation(make(WEATHER));
  assert.equal(tools[0]?.cache, "1h");
  assert.equal(system[0]?.path, "system");
  assert.deepEqual(parameters.map((each) => each.path), ["model"]);
});

test("objections stand at what they are about", () => {
  const paths = ["messages.1.content.0.tool_use.input", "messages.2.content.0.tool_result.tool_use_id", "model", "messages.2", "nowhere.3", ""];
  const conversation = readConversation(make(WEATHER, { findings: paths.map(object) }));
  const { turns } = conversation;
  assert.equal(turns[1]?.blocks[0]?.findings.length, 1);
  assert.equal(turns[1]?.blocks[0]?.result?.findings.length, 1);
  assert.equal(conversation.parameters[0]?.findings.length, 1);
  assert.equal(turns[2]?.findings.length, 1);
  assert.deepEqual(conversation.findings.map((each) => each.path), ["nowhere.3", ""]);
});

test("objections to the answer stand in the answer", () => {
  const answer = { type: "message", content: [{ type: "text", text: "" }] };
  const { answer: blocks } = readConversation(make(WEATHER, { answer, answer_findings: [object("content.0.text")] }));
  assert.equal(blocks?.[0]?.findings.length, 1);
});

test("anything may be sent", () => {
  const bodies: Json[] = [null, 1, "x", [], {}, { messages: {} }, { messages: [1, null, [], {}, { role: 3, content: 5 }] }, { messages: "x", tools: 1, system: [null] }];
  for (const body of bodies) readConversation(make(body));
  assert.deepEqual(readConversation(make({ messages: [1, { role: 3, content: [7] }] })).turns.map((turn) => [turn.role, turn.blocks[0]?.type]), [
    ["no role", "message"],
    ["no role", "value"],
  ]);
});

test("what is answered is told apart", () => {
  const answers = [null, { type: "message" }, { type: "error", error: {} }, { status: 500, headers: {}, body: "x" }, { input_tokens: 3 }];
  assert.deepEqual(answers.map((answer) => tellAnswer(make({}, { answer }))), ["none", "message", "error", "raw", "value"]);
});

test("the longest beginning that is shown is found", () => {
  const places = new Map([["a", 1], ["a.b", 2]]);
  assert.equal(findPlace(places, "a.b.c.d"), 2);
  assert.equal(findPlace(places, "a.x"), 1);
  assert.equal(findPlace(places, "ab"), undefined);
  assert.equal(findPlace(places, ""), undefined);
});

test("some messages of a conversation are read at their places", () => {
  const turns = readTurns([[1, WEATHER.messages[1] as Json], [2, WEATHER.messages[2] as Json]]);
  assert.deepEqual(turns.map((turn) => turn.path), ["messages.1", "messages.2"]);
  assert.equal(turns[0]?.blocks[0]?.result?.path, "messages.2.content.0");
});

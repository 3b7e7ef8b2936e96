import assert from "node:assert/strict";
import { test } from "node:test";
import { hasConversation, readConversation, tellAnswer } from "../src/request/conversation.ts";
import { COMPLETE, describeEnding, makeRows } from "../src/request/events.ts";
import { tellAnswerer } from "../src/request/why.ts";
import { followChat, readCompletion } from "../src/try/chat.ts";
import { finish, fold, makeMessage, NOTHING, type Told } from "../src/try/fold.ts";
import type { AnswerEvent, Entry, Json, Obj } from "../src/types.ts";
import { asRead, isChatPath, tellGateway } from "../src/wires.ts";

const CHUNK = { object: "chat.completion.chunk", id: "chatcmpl-1", model: "m" };
const CALL = { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city": "Oslo"}' } };

function chunk(delta: Obj, more: Obj = {}): Obj {
  return { ...CHUNK, choices: [{ index: 0, delta, finish_reason: null, ...more }] };
}

const CHUNKS: Obj[] = [
  chunk({ role: "assistant", content: "" }),
  chunk({ reasoning_content: "Hm" }),
  chunk({ reasoning_content: "m." }),
  chunk({ content: "Let me " }),
  { ...CHUNK, choices: [{ index: 1, delta: { content: "of another choice" }, finish_reason: null }] },
  chunk({ content: "see." }),
  chunk({ tool_calls: [{ index: 0, ...CALL, function: { name: "get_weather", arguments: "" } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city": ' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] }),
  chunk({}, { finish_reason: "tool_calls" }),
  { ...CHUNK, choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } },
];
const BLOCKS: Obj[] = [
  { type: "thinking", thinking: "Hmm." },
  { type: "text", text: "Let me see." },
  { type: "tool_use", id: "call_1", name: "get_weather", input: { city: "Oslo" } },
];

function tell(...data: Json[]): Told {
  return data.reduce<Told>((told, each) => fold(told, { name: "", data: typeof each === "string" ? each : JSON.stringify(each) }), NOTHING);
}

test("a chat stream is its message", () => {
  const told = finish(tell(...CHUNKS, "[DONE]"), "");
  assert.deepEqual(told.notes, []);
  assert.deepEqual(makeMessage(told), { id: "chatcmpl-1", model: "m", stop_reason: "tool_calls", usage: { prompt_tokens: 7, completion_tokens: 3 }, content: BLOCKS });
});

test("a chat stream without its end, or with an error in it, is told", () => {
  assert.match(finish(tell(...CHUNKS), "").notes.join(), /without \[DONE\]/);
  const error = { error: { message: "Overloaded.", type: "overloaded_error" } };
  assert.deepEqual(tell(CHUNKS[0] as Json, error).error, error);
  assert.match(tell("[DONE]").notes.join(), /does not send/);
});

test("a completion is read as its message, and other bodies as they are", () => {
  const message = { role: "assistant", reasoning_content: "Hmm.", content: "Let me see.", tool_calls: [CALL] };
  const usage = { prompt_tokens: 7, completion_tokens: 3 };
  const body = { object: "chat.completion", choices: [{ index: 0, message, finish_reason: "tool_calls" }], usage };
  assert.deepEqual(readCompletion(body), { content: BLOCKS, stop_reason: "tool_calls", usage });
  assert.deepEqual(readCompletion({ object: "chat.completion" }), { content: [], stop_reason: "", usage: {} });
  assert.equal(readCompletion(null), null);
  assert.deepEqual(readCompletion({ type: "message" }), { type: "message" });
});

test("what follows an answer is in the form of the wire", () => {
  const answered = { role: "assistant", content: "Let me see.", tool_calls: [{ ...CALL, function: { name: "get_weather", arguments: '{"city":"Oslo"}' } }] };
  const result = { role: "tool", tool_call_id: "call_1", content: "The result of get_weather." };
  assert.deepEqual(followChat({ messages: [] }, { content: BLOCKS }, "calls"), { messages: [answered, result] });
  assert.deepEqual(followChat({}, { content: [] }, "turn"), { messages: [{ role: "assistant", content: null }, { role: "user", content: "" }] });
});

test("chunks are told in short", () => {
  const events = [...CHUNKS, "[DONE]"].map((data): AnswerEvent => ({ event: "message", data, at_ms: 1, sent: true }));
  const timeline = { events, faults: [], end: "close", note: null };
  const rows = makeRows(timeline).rows;
  assert.deepEqual(rows.map(({ kind }) => kind), ["frame", "thinking", "thinking", "text", "text", "text", "tool", "tool", "tool", "frame", "frame", "frame"]);
  assert.deepEqual([0, 2, 3, 6, 7, 9, 10, 11].map((at) => rows[at]?.text), [
    "m · chatcmpl-1", "m.", "Let me ", "get_weather", '{"city": ', "tool_calls", "3 tokens out", "[DONE]",
  ]);
  assert.equal(rows[4]?.about, "1");
  assert.equal(describeEnding(timeline), COMPLETE);
  assert.match(describeEnding({ ...timeline, events: events.slice(0, -1) }) ?? "", /without \[DONE\]/);
});

function make(more: Partial<Entry>): Entry {
  const nothing = { messages: null, findings: [], objection: null, answer_findings: [], read: null, composed: null, answer: null, status: 200 };
  return { ...nothing, body: {}, ...more } as unknown as Entry;
}

test("a chat request is shown as it was read", () => {
  const read = { system: "Be brief.", messages: [{ role: "user", content: "Hi" }] };
  const composed = { type: "message", content: [{ type: "text", text: "Hello." }] };
  const entry = make({ body: { messages: [] }, read, composed, answer: { object: "chat.completion" }, scenario: null, endpoint: "chat/completions", rule: null });
  const shown = asRead(entry);
  assert.ok(hasConversation(shown));
  assert.deepEqual([tellAnswer(shown), tellAnswerer(entry)], ["message", "generated"]);
  const { system, turns, answer } = readConversation(shown);
  assert.deepEqual([system.length, turns.length, answer?.length], [1, 1, 1]);
});

test("errors stay as they left", () => {
  const answer = { error: { message: "No. (request id: 1)", type: "new_api_error" } };
  const shown = asRead(make({ answer, composed: { type: "error", error: { message: "No." } }, status: 403 }));
  assert.equal(shown.answer, answer);
  assert.equal(tellAnswer(shown), "error");
  assert.equal(tellAnswer(make({ answer })), "value");
});

test("what a gateway did is told in words", () => {
  assert.equal(tellGateway({ gateway: null, channel: null, tries: [] }), null);
  assert.equal(tellGateway({ gateway: "new-api", channel: null, tries: [] }), "new-api");
  const tries = [{ channel: "first", status: 429 }, { channel: "next", status: 500 }];
  assert.equal(tellGateway({ gateway: "mine", channel: "last", tries }), "mine · channel last · after first (429), next (500)");
});

test("paths of the chat wire are known", () => {
  for (const path of ["/v1/chat/completions", "/openai/v1/chat/completions/", "/v1/chat/completions?a=1"]) assert.ok(isChatPath(path));
  for (const path of ["/v1/messages", "/v1/chat/completions2", "/v1/chat"]) assert.ok(!isChatPath(path));
});

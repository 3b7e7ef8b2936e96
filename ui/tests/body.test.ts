import assert from "node:assert/strict";
import { test } from "node:test";
import { addTurn, answerCalls, goOn, readBody, readText, readTurns, removeTurn, setKey, setPart, setRole, showValue, writeBody, writeText } from "../src/try/body.ts";
import type { Obj } from "../src/types.ts";

const BODY: Obj = {
  model: "m",
  messages: [
    { role: "user", content: "hi", extra: 1 },
    { role: "assistant", content: [{ type: "thinking", thinking: "" }, { type: "text", text: "yes", citations: null }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "12" }] }] },
  ],
  future: { key: 1 },
};

test("a body is an object", () => {
  assert.equal(readBody("[1]"), null);
  assert.equal(readBody("{"), null);
  assert.deepEqual(readBody(writeBody(BODY)), BODY);
});

test("setting a key leaves all others where they are", () => {
  assert.deepEqual(Object.keys(setKey(BODY, "model", "n")), ["model", "messages", "future"]);
  assert.deepEqual(Object.keys(setKey(BODY, "model", undefined)), ["messages", "future"]);
  assert.deepEqual(setKey(JSON.parse('{"__proto__": {"a": 1}}'), "b", 2), JSON.parse('{"__proto__": {"a": 1}, "b": 2}'));
});

test("turns are read by their parts", () => {
  assert.deepEqual(readTurns(BODY).map(({ role, parts }) => [role, ...parts.map((part) => [part.label, part.text])]), [
    ["user", ["Text", "hi"]],
    ["assistant", ["thinking", null], ["Text", "yes"]],
    ["user", ["Result of toolu_1", "12"]],
  ]);
  assert.deepEqual(readTurns({ messages: [1, { content: null }, null] }).map((turn) => turn.role), ["", "", ""]);
});

test("a text is changed in its place", () => {
  const first = setPart(BODY, 0, 0, "ho");
  assert.deepEqual(first.messages, [{ role: "user", content: "ho", extra: 1 }, ...(BODY.messages as Obj[]).slice(1)]);
  const second = JSON.stringify(setPart(BODY, 1, 1, "no").messages);
  assert.ok(second.includes('{"type":"text","text":"no","citations":null}'));
  const third = JSON.stringify(setPart(BODY, 2, 0, "13").messages);
  assert.ok(third.includes('"tool_use_id":"toolu_1","content":[{"type":"text","text":"13"}]'));
});

test("a system prompt of one block stays a block", () => {
  const system = [{ type: "text", text: "old", cache_control: { type: "ephemeral" } }];
  assert.equal(readText(system), "old");
  assert.deepEqual(writeText(system, "new"), [{ type: "text", text: "new", cache_control: { type: "ephemeral" } }]);
  assert.equal(readText([...system, ...system]), null);
  assert.equal(readText(undefined), "");
});

test("turns are added, removed and given to another role", () => {
  const roles = (body: Obj): string[] => readTurns(body).map((turn) => turn.role);
  assert.deepEqual(roles(addTurn(BODY)), ["user", "assistant", "user", "assistant"]);
  assert.deepEqual(roles(addTurn({})), ["user"]);
  assert.deepEqual(roles(removeTurn(BODY, 1)), ["user", "user"]);
  assert.deepEqual(roles(setRole(BODY, 0, "assistant"))[0], "assistant");
});

test("calls of tools are answered, those of the server are not", () => {
  const content = [{ type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} }, { type: "tool_use", id: "toolu_2", name: "f", input: {} }];
  const messages = answerCalls({ messages: [] }, { content, stop_reason: "tool_use" }).messages;
  assert.deepEqual(messages, [
    { role: "assistant", content },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_2", content: "The result of f." }] },
  ]);
});

test("going on adds an empty turn, but none after a pause", () => {
  assert.deepEqual(goOn({}, { content: [] }).messages, [{ role: "assistant", content: [] }, { role: "user", content: "" }]);
  assert.deepEqual(goOn({}, { content: [], stop_reason: "pause_turn" }).messages, [{ role: "assistant", content: [] }]);
});

test("a value of any kind is shown in its field", () => {
  const shown = [undefined, "x", 5, true, null, { a: 1 }].map(showValue);
  assert.deepEqual(shown, ["", "x", "5", "true", "null", '{"a":1}']);
});

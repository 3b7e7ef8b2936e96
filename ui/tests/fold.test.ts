import assert from "node:assert/strict";
import { test } from "node:test";
import { finish, fold, makeMessage, NOTHING, type Told } from "../src/try/fold.ts";
import type { Json, Obj } from "../src/types.ts";

const START = { type: "message_start", message: { id: "msg_1", role: "assistant", content: [], stop_reason: null, usage: { input_tokens: 9, output_tokens: 1 } } };
const TEXT = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
const STOP = { type: "message_stop" };

function tell(...events: Obj[]): Told {
  return events.reduce((told, data) => fold(told, { name: String(data.type), data: JSON.stringify(data) }), NOTHING);
}

function delta(index: number, value: Obj): Obj {
  return { type: "content_block_delta", index, delta: value };
}

const end = (index: number): Obj => ({ type: "content_block_stop", index });

test("a stream of all kinds of deltas is its message", () => {
  const told = tell(
    START,
    { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
    delta(0, { type: "thinking_delta", thinking: "Hm" }),
    delta(0, { type: "thinking_delta", thinking: "m." }),
    delta(0, { type: "signature_delta", signature: "abc" }),
    end(0),
    { type: "content_block_start", index: 1, content_block: { type: "text", text: "", citations: [] } },
    delta(1, { type: "text_delta", text: "So." }),
    delta(1, { type: "citations_delta", citation: { cited_text: "So" } }),
    end(1),
    { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "toolu_1", name: "f", input: {} } },
    delta(2, { type: "input_json_delta", partial_json: '{"a"' }),
    delta(2, { type: "input_json_delta", partial_json: ": 1}" }),
    end(2),
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 20 } },
    { type: "ping" },
    STOP,
  );
  assert.deepEqual(finish(told, "").notes, []);
  assert.deepEqual(makeMessage(told), {
    id: "msg_1",
    role: "assistant",
    content: [
      { type: "thinking", thinking: "Hmm.", signature: "abc" },
      { type: "text", text: "So.", citations: [{ cited_text: "So" }] },
      { type: "tool_use", id: "toolu_1", name: "f", input: { a: 1 } },
    ],
    stop_reason: "tool_use",
    usage: { input_tokens: 9, output_tokens: 20 },
  });
});

test("the input of a tool is seen while it comes", () => {
  const told = tell(START, { type: "content_block_start", index: 0, content_block: { type: "tool_use", input: {} } }, delta(0, { type: "input_json_delta", partial_json: '{"a' }));
  assert.deepEqual(told.inputs, { 0: '{"a' });
});

const BROKEN: [string, Obj[], string][] = [
  ["no start", [delta(0, { type: "text_delta", text: "x" }), STOP], "Block 0 did not start."],
  ["no message", [STOP], "The stream ended without message_start."],
  ["two starts", [START, START, STOP], "message_start came twice."],
  ["open block", [START, TEXT, STOP], "Block 0 did not end."],
  ["one index", [START, TEXT, TEXT, end(0), STOP], "Block 0 started twice."],
  ["no start", [TEXT, end(0), { type: "message_delta", delta: { stop_reason: "end_turn" } }, STOP], "The stream ended without message_start."],
  ["two starts", [START, START, STOP], "message_start came twice."],
  ["cut", [START], "The stream ended without message_stop."],
  ["late", [START, STOP, { ...TEXT }, end(0)], "An event content_block_start came behind message_stop."],
  ["unknown", [START, { type: "surprise" }, STOP], "An event of the unknown type surprise came."],
  ["no message in it", [{ type: "message_start" }, STOP], "message_start brings no message."],
  ["input", [START, TEXT, delta(0, { type: "input_json_delta", partial_json: "{{" }), end(0), STOP], "The input of block 0 is not JSON."],
];

for (const [name, events, told] of BROKEN) {
  test(`what is broken is told: ${name}`, () => assert.ok(finish(tell(...events), "").notes.includes(told)));
}

test("data that are no events of the API are told", () => {
  const note = (name: string, data: string | null): string | undefined => fold(NOTHING, { name, data }).notes[0];
  assert.equal(note("message_stop", "{"), "The data of an event are not JSON.");
  assert.equal(note("", "[DONE]"), "The marker [DONE] came, which the API does not send.");
  assert.equal(note("message_stop", null), "An event message_stop has no data.");
  assert.equal(note("", '{"type": "ping"}'), "Events have no name: clients that go by it read nothing.");
  assert.equal(note("x", '{"type": "ping"}'), "An event is called x, its data say ping.");
  assert.equal(finish(NOTHING, "event: a").notes[0], "The stream ended in the middle of an event.");
});

test("no value of an event is trusted", () => {
  const values: Json[] = [null, 1, "x", [], {}, [null]];
  for (const type of ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "error"]) {
    for (const value of values) {
      const told = tell({ type, index: value, message: value, content_block: value, delta: value, usage: value });
      assert.doesNotThrow(() => makeMessage(finish(told, "")));
    }
  }
});

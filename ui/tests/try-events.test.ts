import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../src/types.ts";

(globalThis as { location?: unknown }).location = { hash: "" };
(globalThis as { addEventListener?: unknown }).addEventListener = () => undefined;
const { tellData } = await import("../src/try/events.tsx");

const CASES: [Json, string][] = [
  [{ type: "content_block_delta", index: 2, delta: { type: "text_delta", text: "So" } }, '[2] text_delta "So"'],
  [{ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 3 } }, '{"stop_reason":"end_turn","stop_sequence":null} {"usage":{"output_tokens":3}}'],
  [{ type: "content_block_stop", index: 0 }, "[0]"],
  [{ type: "message_stop" }, ""],
  ["[DONE]", "[DONE]"],
  [null, ""],
  [[1], "[1]"],
];

for (const [data, told] of CASES) {
  test(`an event in short: ${told}`, () => assert.equal(tellData(data), told));
}

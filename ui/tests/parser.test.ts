import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser } from "../src/feed/parser.ts";

const STREAM = ': hi\n\nid: 4\nevent: request\ndata: {"a":1}\n\nevent: request\ndata: {"b":\ndata: 2}\n\n: ping\n\n';

test("events are the same wherever the stream is cut", () => {
  const whole = new EventParser().push(STREAM);
  assert.deepEqual(whole, [
    { event: "request", data: '{"a":1}' },
    { event: "request", data: '{"b":\n2}' },
  ]);
  for (const size of [1, 2, 3, 7, 20]) {
    for (const text of [STREAM, STREAM.replaceAll("\n", "\r\n"), STREAM.replaceAll("\n", "\r")]) {
      const parser = new EventParser();
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      const events = pieces.flatMap((piece) => parser.push(piece));
      // A "\r" at the very end waits for the "\n" that may follow.
      assert.deepEqual([...events, ...parser.push("\n")].slice(0, 2), whole, `${size}`);
    }
  }
});

test("an id counts from the empty line on, also without an event", () => {
  const parser = new EventParser();
  assert.deepEqual(parser.push("retry: 1000\nid: 7\n"), []);
  assert.equal(parser.lastId, "");
  assert.deepEqual(parser.push("\n"), []);
  assert.equal(parser.lastId, "7");
  parser.push("data: x\n\n");
  assert.equal(parser.lastId, "7");
});

test("an event without a name is a message, and unknown fields are passed over", () => {
  assert.deepEqual(new EventParser().push("data\nfoo: bar\ndata:x\n\n"), [{ event: "message", data: "\nx" }]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { EventReader, type ServerEvent } from "../src/feed/reader.ts";

const STREAM =
  ': keep\n\nevent: a\ndata: {"x": "Zürich 🌦"}\n\ndata:one\ndata: two\nid: 7\n\nevent: empty\n\n\nunknown\nevent:b\r\ndata: x\r\n\r\nevent: c\rdata: y\r\r';
const EVENTS: ServerEvent[] = [
  { name: "a", data: '{"x": "Zürich 🌦"}' },
  { name: "", data: "one\ntwo" },
  { name: "empty", data: null },
  { name: "b", data: "x" },
  { name: "c", data: "y" },
];

function read(pieces: Uint8Array[]): { events: ServerEvent[]; rest: string; comments: number } {
  const reader = new EventReader();
  const events = pieces.flatMap((piece) => reader.push(piece));
  const end = reader.end();
  return { events: [...events, ...end.events], rest: end.rest, comments: reader.comments };
}

test("events are the same wherever the bytes are cut", () => {
  const bytes = new TextEncoder().encode(STREAM);
  for (let size = 1; size <= bytes.length; size += 1) {
    const pieces = [];
    for (let start = 0; start < bytes.length; start += size) pieces.push(bytes.slice(start, start + size));
    assert.deepEqual(read(pieces), { events: EVENTS, rest: "", comments: 1 }, `pieces of ${size}`);
  }
});

test("an id counts from the empty line on, also without an event", () => {
  const reader = new EventReader();
  const push = (text: string): ServerEvent[] => reader.push(new TextEncoder().encode(text));
  assert.deepEqual(push("retry: 1000\nid: 7\n"), []);
  assert.equal(reader.lastId, "");
  assert.deepEqual(push("\n"), []);
  assert.equal(reader.lastId, "7");
  push("data: x\n\nid: a\0b\n\n");
  assert.equal(reader.lastId, "7");
});

test("what is left of an event that is not whole is told", () => {
  const { events, rest } = read([new TextEncoder().encode("event: a\ndata: 1\n\nevent: b\ndata: {")]);
  assert.deepEqual(events, [{ name: "a", data: "1" }]);
  assert.equal(rest, "event: b\ndata: {");
});

test("half a character at the end is no error", () => {
  assert.equal(read([new TextEncoder().encode("data: ü").slice(0, -1)]).rest, "data: �");
});

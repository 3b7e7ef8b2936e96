import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, makeSource, type Exported } from "../src/exported.ts";
import type { Entry } from "../src/types.ts";

function exported(more: Partial<Exported> = {}): Exported {
  const at = new Date(2026, 10, 30, 9, 5).getTime() / 1000;
  return { title: "All sessions", version: "1.2.0", at, session: null, requests: [], left_out: 0, ...more };
}

function request(number: number, said: string): Exported["requests"][number] {
  const entry = { number, body: { messages: [{ content: said }] }, answer: { content: [] } } as unknown as Entry;
  const changes = { previous: null, relation: null, changes: [], cache: null };
  return { entry, timeline: { events: [], faults: [], end: null, note: null }, changes };
}

test("a report says when it was written, and what is not in it", () => {
  assert.equal(describe(exported()), "2026-11-30 09:05 · messages-mockserver 1.2.0");
  assert.match(describe(exported({ left_out: 1 })), / · without 1 older request$/);
  assert.match(describe(exported({ left_out: 1234 })), / · without 1,234 older requests$/);
});

test("a report answers as a server would", async () => {
  const source = makeSource(exported({ requests: [request(3, "Hello"), request(4, "Weather")] }));
  assert.equal(source.isLive, false);
  assert.deepEqual((await source.list({})).requests.map(({ number }) => number), [3, 4]);
  assert.deepEqual((await source.list({ text: "WEATHER" })).requests.map(({ number }) => number), [4]);
  await assert.rejects(source.entry(9), /Request 9 is not in this report/);
});

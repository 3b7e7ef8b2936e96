import assert from "node:assert/strict";
import { test } from "node:test";
import { COMPLETE, describeEnding, describeFault, drawStrip, makeRows } from "../src/request/events.ts";
import type { AnswerEvent, Json, Timeline } from "../src/types.ts";

function event(data: Json, at_ms: number | null = 1, more: Partial<AnswerEvent> = {}): AnswerEvent {
  const type = (data as { type?: string } | null)?.type ?? "message";
  return { event: type, data, at_ms, sent: at_ms !== null, ...more };
}

function make(events: AnswerEvent[], faults: Timeline["faults"] = []): ReturnType<typeof makeRows> {
  return makeRows({ events, faults, end: "close", note: null });
}

const DELTA = { type: "content_block_delta", index: 1 };

test("no event of an answer that still leaves is called unsent", () => {
  const timeline = { events: [event({ type: "ping" }, null)], faults: [], end: null, note: null };
  assert.deepEqual([false, true].map((isLeaving) => makeRows(timeline, isLeaving).rows[0]?.event.sent), [false, true]);
});

test("a stream is complete with its last event alone", () => {
  const stop = { type: "message_stop" };
  const tell = (end: string | null, ...events: AnswerEvent[]): string | null => describeEnding({ events, faults: [], end, note: null });
  assert.equal(tell("close", event({ type: "ping" }), event(stop)), COMPLETE);
  assert.match(tell("close", event({ type: "ping" }), event(stop, null)) ?? "", /without message_stop/);
  assert.equal(tell("close", event("<html>", 1, { event: "" })), null);
  assert.equal(tell("abort", event(stop, null)), "The connection was cut.");
  assert.equal(tell(null, event(stop)), null);
});

test("events are told in short", () => {
  const told = make([
    event({ type: "message_start", message: { model: "claude-opus-5-5", id: "msg_1", usage: { input_tokens: 7 } } }),
    event({ type: "content_block_start", index: 0, content_block: { type: "tool_use", name: "get_weather" } }),
    event({ ...DELTA, delta: { type: "text_delta", text: "Hi" } }),
    event({ ...DELTA, delta: { type: "input_json_delta", partial_json: '{"a"' } }),
    event({ ...DELTA, delta: { type: "signature_delta", signature: "abc" } }),
    event({ ...DELTA, delta: { type: "surprise_delta", any: 1 } }),
    event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } }),
    event({ type: "error", error: { type: "overloaded_error" } }),
    event("not JSON", 1, { event: "message" }),
  ]).rows.map((row) => [row.kind, row.about, row.text]);
  assert.deepEqual(told, [
    ["frame", "", "claude-opus-5-5 · msg_1 · 7 tokens in"],
    ["tool", "0", "tool_use get_weather"],
    ["text", "1", "Hi"],
    ["tool", "1", '{"a"'],
    ["thinking", "1", "signature, 3 characters"],
    ["other", "1", '{"type":"surprise_delta","any":1}'],
    ["frame", "", "end_turn · 3 tokens out"],
    ["error", "", '{"type":"overloaded_error"}'],
    ["other", "", "not JSON"],
  ]);
});

test("gaps are measured where both times are known", () => {
  const { rows } = make([event({}, 10), event({}, 30), event({}, null), event({}, 40)]);
  assert.deepEqual(rows.map((row) => row.gap), [null, 20, null, null]);
  assert.deepEqual(rows.map((row) => row.share), [0, 1, 0, 0]);
});

test("faults stand where they struck; comments are no events", () => {
  const faults = [{ then: "disconnect", struck_after: 2 }, { then: "crlf", struck_after: null }, { then: "late", struck_after: 9 }];
  const { rows, last, unplaced } = make([event({}), event(": hello", 1, { event: "" }), event({}), event({}, null)], faults);
  assert.deepEqual(rows.map((row) => row.faults.length), [0, 0, 0, 1]);
  assert.deepEqual([last.length, unplaced.length], [1, 1]);
});

test("a fault is told with its options", () => {
  assert.equal(describeFault({ then: "error", after_events: 3, type: "api_error", struck_after: 2 }), "error (after_events 3, type api_error)");
  assert.equal(describeFault({ then: "crlf", struck_after: null }), "crlf");
});

test("5,000 events at the same time are one line of the strip", () => {
  const { rows } = make(Array.from({ length: 5000 }, () => event({ ...DELTA, delta: { type: "text_delta", text: "x" } }, 5)));
  assert.deepEqual(drawStrip(rows, 600, 24), [["text", "M599 6V24"]]);
  assert.deepEqual(drawStrip(make([event({}, null)]).rows, 600, 24), []);
});

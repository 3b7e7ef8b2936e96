// The events of an answer as rows: when each left, after which gap, and what it says in short.
import { cutLine, escapeJson } from "../parts/text.ts";
import { get, getList, getText, isObject } from "../parts/values.ts";
import type { AnswerEvent, Json, Obj, Timeline } from "../types.ts";

export interface EventRow {
  /** Counts from 1. */
  number: number;
  event: AnswerEvent;
  /** Milliseconds since the event before; null: not measured, or the first. */
  gap: number | null;
  /** The gap as a part of the longest one, 0 to 1. */
  share: number;
  kind: Kind;
  /** The index of its block. */
  about: string;
  text: string;
  /** The faults that strike before it. */
  faults: Obj[];
}

/** What an event belongs to, for its colour. */
export type Kind = "frame" | "text" | "thinking" | "tool" | "ping" | "error" | "other";

export interface Rows {
  rows: EventRow[];
  /** Faults behind the last event. */
  last: Obj[];
  /** Faults of which it is not known where they struck, or that changed nothing. */
  unplaced: Obj[];
}

export function makeRows({ events: told, faults }: Timeline, isLeaving = false): Rows {
  // As long as an answer leaves, nobody knows which of its events have left: none is called unsent.
  const events = isLeaving ? told.map((event) => ({ ...event, sent: true })) : told;
  const gaps = events.map((event, at) => measureGap(events[at - 1], event));
  const longest = Math.max(1, ...gaps.filter((gap) => gap !== null));
  const rest = faults.filter((fault) => typeof fault["struck_after"] === "number");
  let named = 0;
  const rows = events.map((event, at): EventRow => {
    const struck = takeStruck(rest, named);
    if (event.event) named += 1;
    const gap = gaps[at] ?? null;
    return { number: at + 1, event, gap, share: (gap ?? 0) / longest, faults: struck, ...describe(event) };
  });
  return { rows, last: rest, unplaced: faults.filter((fault) => typeof fault["struck_after"] !== "number") };
}

function measureGap(before: AnswerEvent | undefined, event: AnswerEvent): number | null {
  if (event.at_ms === null || before === undefined || before.at_ms === null) return null;
  return Math.max(0, event.at_ms - before.at_ms);
}

/** The faults that strike after so many events, which are taken out of the list. */
function takeStruck(faults: Obj[], count: number): Obj[] {
  const struck = faults.filter((fault) => Number(fault["struck_after"]) <= count);
  for (const fault of struck) faults.splice(faults.indexOf(fault), 1);
  return struck;
}

const MOST = 400;
const DELTAS = new Map<string, [Kind, string]>([
  ["text_delta", ["text", "text"]],
  ["thinking_delta", ["thinking", "thinking"]],
  ["input_json_delta", ["tool", "partial_json"]],
  ["compaction_delta", ["text", "content"]],
]);

function describe({ event, data }: AnswerEvent): { kind: Kind; about: string; text: string } {
  const type = getText(data, "type");
  const index = get(data, "index");
  const block = typeof index === "number" ? String(index) : "";
  if (data === DONE) return { kind: "frame", about: "", text: DONE };
  if (isChunk(data)) return describeChunk(data);
  if (type === "content_block_delta") return { ...describeDelta(get(data, "delta") ?? null), about: block };
  if (type === "content_block_start") return { ...describeBlock(get(data, "content_block") ?? null), about: block };
  if (type === "content_block_stop") return { kind: "frame", about: block, text: "" };
  if (type === "message_start") return { kind: "frame", about: "", text: describeStart(get(data, "message") ?? null) };
  if (type === "message_delta") return { kind: "frame", about: "", text: describeEnd(data) };
  if (type === "message_stop") return { kind: "frame", about: "", text: "" };
  if (type === "ping" || event === "ping") return { kind: "ping", about: "", text: type === "ping" ? "" : shorten(data) };
  if (type === "error" || (type === "" && isObject(get(data, "error")))) return { kind: "error", about: "", text: shorten(get(data, "error") ?? data) };
  return { kind: "other", about: "", text: shorten(data) };
}

const DONE = "[DONE]";

function isChunk(data: Json): boolean {
  return getText(data, "object") === "chat.completion.chunk";
}

/** A chunk of the chat wire: what its first choice brings, beside the index of that choice. */
function describeChunk(data: Json): { kind: Kind; about: string; text: string } {
  const choice = getList(data, "choices")[0];
  const delta = get(choice, "delta");
  const index = get(choice, "index");
  const about = typeof index === "number" && index > 0 ? String(index) : "";
  const calls = getList(delta, "tool_calls");
  if (calls.length > 0) return { kind: "tool", about, text: cut(calls.map(describeCall).join("; ")) };
  const thought = getText(delta, "reasoning_content");
  if (thought) return { kind: "thinking", about, text: cut(thought) };
  const said = getText(delta, "content") || getText(delta, "refusal");
  if (said) return { kind: "text", about, text: cut(said) };
  const tokens = get(get(data, "usage"), "completion_tokens");
  const first = get(delta, "role") === undefined ? "" : [getText(data, "model"), getText(data, "id")].join(" · ");
  const parts = [first, getText(choice, "finish_reason"), typeof tokens === "number" ? `${tokens} tokens out` : ""];
  return { kind: "frame", about, text: cutLine(parts.filter(Boolean).join(" · "), MOST) };
}

function describeCall(call: Json): string {
  const made = get(call, "function");
  return [getText(made, "name"), getText(made, "arguments")].filter(Boolean).join(" ");
}

function cut(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}

function describeDelta(delta: Json): { kind: Kind; text: string } {
  const type = getText(delta, "type");
  const [kind, field] = DELTAS.get(type) ?? ["other", ""];
  const text = get(delta, field);
  if (typeof text === "string") return { kind, text: cut(text) };
  if (type === "signature_delta") return { kind: "thinking", text: `signature, ${getText(delta, "signature").length} characters` };
  return { kind, text: shorten(delta) };
}

const BLOCKS = new Map<string, Kind>([["text", "text"], ["thinking", "thinking"], ["redacted_thinking", "thinking"]]);

function describeBlock(block: Json): { kind: Kind; text: string } {
  const type = getText(block, "type");
  const kind = BLOCKS.get(type) ?? (type.includes("tool") ? "tool" : "other");
  return { kind, text: cutLine([type, getText(block, "name")].filter(Boolean).join(" "), MOST) };
}

function describeStart(message: Json): string {
  const usage = get(message, "usage");
  const tokens = get(usage, "input_tokens");
  return cutLine([getText(message, "model"), getText(message, "id"), typeof tokens === "number" ? `${tokens} tokens in` : ""].filter(Boolean).join(" · "), MOST);
}

function describeEnd(data: Json): string {
  const reason = getText(get(data, "delta"), "stop_reason");
  const tokens = get(get(data, "usage"), "output_tokens");
  return cutLine([reason, typeof tokens === "number" ? `${tokens} tokens out` : ""].filter(Boolean).join(" · "), MOST);
}

function shorten(data: Json): string {
  return cutLine(typeof data === "string" ? data : escapeJson(data), MOST);
}

/** A fault in words: its name, and its options. */
export function describeFault(fault: Obj): string {
  const options = Object.entries(fault).filter(([name, value]) => name !== "then" && name !== "struck_after" && value !== null);
  const words = options.map(([name, value]) => `${name} ${typeof value === "string" ? value : escapeJson(value)}`);
  return cutLine([getText(fault, "then") || "fault", ...(words.length > 0 ? [`(${words.join(", ")})`] : [])].join(" "), 200);
}

export const COMPLETE = "The answer is complete.";
const ENDS = new Map([
  ["abort", "The connection was cut."],
  ["hang", "Silence: the connection stayed open, and nothing more came."],
]);

/** How a stream ended; null: that is not known, or there was none. */
export function describeEnding({ end, events }: Timeline): string | null {
  if (end !== "close") return ENDS.get(end ?? "") ?? null;
  if (!events.some((event) => event.event)) return null;
  const isChat = events.some(({ data }) => isChunk(data) || data === DONE);
  const hasEnd = events.some(({ data, sent }) => sent && (isChat ? data === DONE : getText(data, "type") === "message_stop"));
  return hasEnd ? COMPLETE : `The answer ended without ${isChat ? DONE : "message_stop"}, and the connection closed as after a whole one.`;
}

/** The marks of a strip: for each kind an SVG path of lines, at the times of its events. */
export function drawStrip(rows: EventRow[], width: number, height: number): [Kind, string][] {
  const times = rows.map((row) => row.event.at_ms).filter((at) => at !== null);
  const last = Math.max(1, ...[times.at(-1) ?? 1]);
  const paths = new Map<Kind, Set<string>>();
  for (const { kind, event } of rows) {
    if (event.at_ms === null) continue;
    const x = Math.round((event.at_ms / last) * (width - 2) * 2) / 2 + 1;
    const path = paths.get(kind) ?? new Set();
    paths.set(kind, path.add(`M${x} ${kind === "frame" || kind === "error" ? 0 : height / 4}V${height}`));
  }
  return [...paths].map(([kind, path]) => [kind, [...path].join("")]);
}


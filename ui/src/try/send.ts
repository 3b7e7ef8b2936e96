// Sends a request to the API of this server, and reads its answer while it comes.
import { API, reach } from "../live.ts";
import type { AnswerEvent, Json, Obj } from "../types.ts";
import { formatCount } from "../parts/format.ts";
import { isObject, parse } from "../parts/values.ts";
import { isChatPath } from "../wires.ts";
import { finish, fold, makeMessage, NOTHING, type Told } from "./fold.ts";
import { EventReader, type ServerEvent } from "../feed/reader.ts";

/** A request as it is composed. */
export interface Draft {
  path: string;
  /** The body, which may be anything but what the API wants. */
  text: string;
  version: string;
  betas: string;
  key: string;
  session: string;
}

/** "cut": the connection broke; "stopped": by the reader of the page; "failed": no answer came, or nothing could be sent. */
export type Phase = "waiting" | "streaming" | "done" | "cut" | "stopped" | "failed";

export interface Answer {
  phase: Phase;
  status: number | null;
  headers: [string, string][];
  requestId: string | null;
  /** Milliseconds since it was sent, until the first byte of the body and until now, or the end. */
  firstMs: number | null;
  ms: number;
  bytes: number;
  isStream: boolean;
  events: AnswerEvent[];
  comments: number;
  told: Told;
  /** The message, or the error; null while there is none. */
  body: Obj | null;
  /** The body of an answer that is no JSON, or why there is none. */
  text: string | null;
}

/** The headers that give the id of a request: that of the API, of the chat wire, and of gateways, whose own comes first. */
const REQUEST_IDS = ["x-oneapi-request-id", "request-id", "x-request-id"];
const MOST_TEXT = 100_000;
/** Of a request that was just sent. */
export const WAITING: Answer = {
  phase: "waiting",
  status: null,
  headers: [],
  requestId: null,
  firstMs: null,
  ms: 0,
  bytes: 0,
  isStream: false,
  events: [],
  comments: 0,
  told: NOTHING,
  body: null,
  text: null,
};

/** Names of sessions that go by their key, as the journal shows them: no request can give them. */
export function isKeyLabel(session: string): boolean {
  return session.includes("…") || /^key-[0-9a-f]{4}$/.test(session);
}

/** The headers of a request; those that are empty are left out. */
export function makeHeaders(draft: Draft, profile: string): Record<string, string> {
  const isNamed = draft.session !== "" && !isKeyLabel(draft.session) && !needsPath(draft.session);
  const headers = {
    "content-type": "application/json",
    // The key of the chat wire has one place alone.
    ...(isChatPath(draft.path)
      ? { authorization: draft.key.trim() && `Bearer ${draft.key.trim()}` }
      : { "x-api-key": draft.key, "anthropic-version": draft.version, "anthropic-beta": draft.betas }),
    "x-mock-session": isNamed ? draft.session : "",
    // Without it the API takes no request of a page.
    "anthropic-dangerous-direct-browser-access": profile === "anthropic" ? "true" : "",
  };
  const trimmed = Object.entries(headers).map(([name, value]) => [name, value.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ""));
}

/** The address to send to; a session whose name no header can hold stands in the path. It is one of the API: a path of
 * a request that came, as it is or with "..", must not lead to what changes the server.
 *
 * @throws Error Where it leads there.
 */
export function makeAddress(draft: Draft, api: URL = API): URL {
  // The page may itself be that of a session, which would go before the one that is chosen.
  const root = new URL(draft.session ? api.href.replace(/_session\/[^/]*\/$/, "") : api.href);
  const start = needsPath(draft.session) && !isKeyLabel(draft.session) ? `_session/${encodeURIComponent(draft.session)}/` : "";
  const url = new URL(`./${start}${draft.path.replace(/^\/+/, "")}`, root);
  if (isControl(url)) throw new Error("This path leads to /_mock/, which is not of the API; nothing was sent.");
  return url;
}

function isControl({ pathname }: URL): boolean {
  return /\/_mock(\/|$)/.test(pathname.replace(/%[2-7][0-9a-f]/gi, decodeURIComponent));
}

function needsPath(session: string): boolean {
  return /[^\x20-\x7e]/.test(session);
}

/** Send a request; `onChange` is told of the answer as it grows, at most once a frame. */
export async function send(draft: Draft, profile: string, stop: AbortSignal, onChange: (answer: Answer) => void): Promise<Answer> {
  const start = performance.now();
  const report = throttle(onChange);
  let answer = WAITING;
  const set = (change: Partial<Answer>): void => {
    answer = { ...answer, ...change, ms: performance.now() - start };
    report(answer);
  };
  try {
    const request = new Request(makeAddress(draft), { method: "POST", headers: makeHeaders(draft, profile), body: draft.text, signal: stop });
    const response = await reach(request);
    set(readHead(response));
    await readBody(response, set, () => answer, start);
    set({ phase: "done" });
  } catch (error) {
    set(tellEnd(answer, stop.aborted, error));
  }
  report.flush();
  return answer;
}

function readHead(response: Response): Partial<Answer> {
  const type = response.headers.get("content-type") ?? "";
  return {
    phase: "streaming",
    status: response.status,
    headers: [...response.headers],
    requestId: REQUEST_IDS.map((name) => response.headers.get(name)).find((id) => id !== null) ?? null,
    isStream: type.startsWith("text/event-stream"),
  };
}

type Set = (change: Partial<Answer>) => void;

async function readBody(response: Response, set: Set, current: () => Answer, start: number): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const events = new EventReader();
  const decoder = new TextDecoder();
  let whole = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const { isStream, bytes, firstMs } = current();
    set({ bytes: bytes + next.value.length, firstMs: firstMs ?? performance.now() - start });
    if (isStream) set({ ...addEvents(current(), events.push(next.value), performance.now() - start), comments: events.comments });
    else whole += decoder.decode(next.value, { stream: true });
  }
  if (!current().isStream) return set(readWhole(whole + decoder.decode()));
  const end = events.end();
  set(addEvents(current(), end.events, performance.now() - start));
  const told = finish(current().told, end.rest);
  set({ told, body: told.error ?? makeMessage(told) });
}

function addEvents(answer: Answer, events: ServerEvent[], at: number): Partial<Answer> {
  const told = events.reduce(fold, answer.told);
  const more = events.map(({ name, data }) => ({ event: name, data: readData(data), at_ms: at, sent: true }));
  return { told, events: [...answer.events, ...more], body: told.error ?? makeMessage(told) };
}

function readData(data: string | null): Json {
  return data === null ? null : (parse(data) ?? data);
}

function readWhole(text: string): Partial<Answer> {
  const value = parse(text);
  if (isObject(value)) return { body: value };
  const rest = text.length - MOST_TEXT;
  return { text: rest > 0 ? `${text.slice(0, MOST_TEXT)}\n… and ${formatCount(rest)} characters more` : text };
}

function tellEnd(answer: Answer, isStopped: boolean, error: unknown): Partial<Answer> {
  if (isStopped) return { phase: "stopped" };
  if (answer.status !== null) return { phase: "cut", text: "The connection was cut before the answer's end." };
  const reason = error instanceof Error ? error.message : String(error);
  return { phase: "failed", text: reason };
}

interface Report {
  (answer: Answer): void;
  flush(): void;
}

/** Screens show some sixty states a second; a stream may bring thousands of events in one. */
function throttle(onChange: (answer: Answer) => void): Report {
  let last: Answer | null = null;
  let frame = 0;
  const flush = (): void => {
    cancelAnimationFrame(frame);
    frame = 0;
    if (last) onChange(last);
    last = null;
  };
  const report = (answer: Answer): void => {
    last = answer;
    frame ||= requestAnimationFrame(flush);
  };
  return Object.assign(report, { flush });
}

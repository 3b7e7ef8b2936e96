// What the control interface answers: /_mock/openapi.json describes it.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Obj = { [key: string]: Json };

export interface Tokens {
  input: number;
  cache_creation_input: number;
  cache_read_input: number;
  output: number;
}

/** A request in a list. */
export interface Summary {
  number: number;
  session: string;
  /** Seconds since 1970. */
  at: number;
  duration_ms: number;
  /** Until the first byte of the body left; null while nothing has. */
  first_byte_ms: number | null;
  method: string;
  path: string;
  /** Of the API, such as "messages"; "" for a path without one. */
  endpoint: string;
  /** The format in which it came and was answered. */
  wire: "messages" | "chat";
  /** The gateway that the server is like, and the channel of it that answered; null: there is none. */
  gateway: string | null;
  channel: string | null;
  /** The channels that failed before. */
  tries: { channel: string; status: number }[];
  model: string | null;
  stream: boolean;
  status: number;
  /** The rule of the first objection. */
  rule: string | null;
  /** Why it was refused, or no scenario answered. */
  reason: string | null;
  scenario: string | null;
  position: string | null;
  unmatched: boolean;
  probe: boolean;
  forwarded: boolean;
  retry_of: number | null;
  finished: boolean;
  hung_up: boolean | null;
  request_id: string;
  /** The beginning of the last user text. */
  user: string | null;
  /** The names of the tools that the answer calls. */
  tools: string[];
  /** The names of the faults that were to strike the answer. */
  faults: string[];
  tokens: Tokens | null;
  /** In US dollars; null where there is no price. */
  cost: number | null;
}

export interface Finding {
  rule: string;
  path: string | null;
  message: string;
  source: string | null;
  hint?: string | null;
}

export interface Miss {
  scenario: string;
  place: string | null;
  differences: string[];
}

/** A key of the condition that fitted: what it expected and what came, in words; null where it cannot be said. */
export interface Met {
  key: string;
  expected: string;
  got: string | null;
}

/** A request whole. */
export interface Entry extends Summary {
  version: string | null;
  betas: string[];
  headers: Record<string, string>;
  body: Json;
  /** The body as it was read, in the Messages form; null: as it was sent. */
  read: Obj | null;
  /** The whole conversation, when the request continues a message thread. */
  messages: Json[] | null;
  place: string | null;
  /** Of the scenario that answered; empty where none did, or it is gone. */
  met: Met[];
  misses: Miss[];
  misses_left_out: number;
  fallbacks: (string | null)[];
  items: Obj | null;
  findings: Finding[];
  objection: Finding | null;
  /** As it left on its wire. */
  answer: Obj | null;
  /** The same in the Messages form, where it left in another one. */
  composed: Obj | null;
  answer_findings: Finding[];
  usage: Obj | null;
  events_total: number;
  events_sent: number;
}

/** One server-sent event of an answer. */
export interface AnswerEvent {
  /** "" is no event that a client reads: a comment, an event without data, or half of one, with its bytes as data. */
  event: string;
  /** The data as sent: parsed where it is JSON, else the text. */
  data: Json;
  /** Milliseconds since the request came; null: not measured. */
  at_ms: number | null;
  /** Whether it left. */
  sent: boolean;
}

export interface Timeline {
  events: AnswerEvent[];
  /** As a scenario writes them, and struck_after: the number of events before the place; null: it changed nothing. */
  faults: Obj[];
  /** How the answer ended: "close" (complete), "abort" (cut), "hang" (silence); null: not known. */
  end: string | null;
  /** Why there are no events, or what is not as it left, in a sentence. */
  note: string | null;
}

export type ChangeKind = "same" | "added" | "removed" | "changed";

/** A part of a request beside the same part of the request before it. */
export interface Change {
  /** Such as "model", "cache_control" (places of breakpoints), "tools" (their order), "tools[0] get_weather",
   * "system[1]", "messages[3]". */
  path: string;
  kind: ChangeKind;
  /** Both null where it is the same. */
  before: Json;
  after: Json;
}

/** Where the prefix, up to which the request before was cached, is no longer the same. */
export interface CacheBreak {
  /** The first part that differs, as in a Change; null: nothing broke. */
  path: string | null;
  /** What that means, in a sentence. */
  message: string;
  /** Tokens read from the cache, and written to it, by this answer; and those the request before had put there. */
  read: number;
  written: number;
  before: number;
}

export interface Changes {
  /** The number of the request before it in the conversation; null: it is the first. */
  previous: number | null;
  relation: "continues" | "repeats" | "branches" | null;
  changes: Change[];
  cache: CacheBreak | null;
}

export interface Scenario {
  name: string;
  /** FILE:LINE. */
  place: string | null;
  scope: "session" | "server" | "file";
  session: string | null;
  used: number;
  /** How many answers it holds; null: without end. */
  answers: number | null;
  when: Obj;
}

/** A scenario with its words. */
export interface ScenarioText extends Scenario {
  yaml: string;
  /** Whether yaml stands in a file that may be written (--allow-edit), and its path in that folder. */
  file: string | null;
}

export interface Problem {
  line: number | null;
  column: number | null;
  message: string;
}

export interface Session {
  name: string;
  requests: number;
  scenarios: number;
  /** Whether settings, faults or the clock were changed for it. */
  changed: string[];
  /** When its latest request came, in seconds since 1970. */
  last_at: number | null;
}

export interface Explanation {
  answered_by: "scenario" | "generated" | "computed" | "forwarded" | "error";
  scenario: string | null;
  position: string | null;
  place: string | null;
  finding: Finding | null;
  misses: Miss[];
  misses_left_out: number;
}

export interface Health {
  status: string;
  version: string;
  profile: string;
  scenarios: number;
  sessions: number;
  requests: number;
  reload_error: string | null;
  fixtures: string[];
  memory: Record<string, { bytes: number; most: number }>;
  [more: string]: unknown;
}

export interface Clock {
  session: string;
  now: string;
  seconds: number;
  offset_seconds: number;
  frozen: boolean;
  moved: "session" | "server" | null;
}

/** Files that may be written: GET /_mock/fixtures. */
export interface Fixtures {
  /** The folder of --allow-edit; null: nothing may be written. */
  folder: string | null;
  /** Paths of the scenario files in it. */
  files: string[];
}

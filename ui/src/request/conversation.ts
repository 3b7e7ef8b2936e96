// The conversation in a request and its answer, as it is read: turns of blocks, results with the calls they belong to,
// and each objection at what it is about. Clients may send anything, so nothing is taken for granted.
import { get, getList, getText, isObject } from "../parts/values.ts";
import type { Entry, Finding, Json } from "../types.ts";

export interface Block {
  /** Where it stands, as the API's objections name it: "messages.1.content.0"; in the answer "answer.content.0". */
  path: string;
  type: string;
  value: Json;
  /** The time to live of the cache breakpoint at its end; null: it has none. */
  cache: string | null;
  /** The result of a tool call. */
  result: Block | null;
  findings: Finding[];
}

export interface Turn {
  path: string;
  role: string;
  blocks: Block[];
  /** How many results it holds that are shown with their calls. */
  moved: number;
  findings: Finding[];
}

export interface Parameter {
  path: string;
  value: Json;
  findings: Finding[];
}

export interface Conversation {
  parameters: Parameter[];
  tools: Block[];
  system: Block[];
  turns: Turn[];
  /** The blocks of the message answered; null: something else was answered. */
  answer: Block[] | null;
  /** The objections to nothing that is shown. */
  findings: Finding[];
}

/** Whether the body is that of a conversation. */
export function hasConversation(entry: Entry): boolean {
  return isObject(entry.body) && Array.isArray(get(entry.body, "messages"));
}

export function readConversation(entry: Entry): Conversation {
  const { body, answer } = entry;
  const messages = entry.messages ?? getList(body, "messages");
  const answered = get(answer, "type") === "message" ? readBlocks(get(answer, "content"), "answer.content") : null;
  const conversation: Conversation = {
    parameters: readParameters(body),
    tools: getList(body, "tools").map((tool, index) => makeBlock(tool, `tools.${index}`, "tool")),
    system: readBlocks(get(body, "system"), "system"),
    turns: messages.map(readTurn),
    answer: answered,
    findings: [],
  };
  const ofAnswer = entry.answer_findings.map((each) => ({ ...each, path: `answer.${each.path ?? ""}` }));
  placeFindings(conversation, [...entry.findings, ...(entry.objection ? [entry.objection] : []), ...ofAnswer]);
  joinResults(conversation);
  return conversation;
}

const SHOWN_APART = new Set(["messages", "system", "tools"]);

function readParameters(body: Json): Parameter[] {
  const names = isObject(body) ? Object.keys(body).filter((name) => !SHOWN_APART.has(name)) : [];
  return names.map((path) => ({ path, value: get(body, path) ?? null, findings: [] }));
}

function readTurn(message: Json, index: number): Turn {
  const path = `messages.${index}`;
  const role = get(message, "role");
  const content = get(message, "content");
  const blocks = content === undefined ? [makeBlock(message, path, "message")] : readBlocks(content, `${path}.content`);
  return { path, role: typeof role === "string" ? role : "no role", blocks, moved: 0, findings: [] };
}

function readBlocks(content: Json | undefined, path: string): Block[] {
  if (content === undefined || content === null) return [];
  if (Array.isArray(content)) return content.map((block, index) => makeBlock(block, `${path}.${index}`, "value"));
  return [makeBlock(typeof content === "string" ? { type: "text", text: content } : content, path, "value")];
}

function makeBlock(value: Json, path: string, fallback: string): Block {
  const control = get(value, "cache_control");
  const cache = isObject(control) ? getText(control, "ttl") || "5m" : null;
  return { path, type: getText(value, "type") || fallback, value, cache, result: null, findings: [] };
}

/** All that an objection may be about. */
function listPlaces({ parameters, tools, system, turns, answer }: Conversation): { path: string; findings: Finding[] }[] {
  return [...parameters, ...tools, ...system, ...turns.flatMap((turn) => [turn, ...turn.blocks]), ...(answer ?? [])];
}

function placeFindings(conversation: Conversation, findings: Finding[]): void {
  const places = new Map(listPlaces(conversation).map((place) => [place.path, place]));
  for (const finding of findings) (findPlace(places, finding.path ?? "") ?? conversation).findings.push(finding);
}

/** The longest beginning of a path that is shown. */
export function findPlace<T>(places: Map<string, T>, path: string): T | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf(".", end - 1)) {
    const found = places.get(path.slice(0, end));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Messages that stand at these places in a conversation, with results at their calls. */
export function readTurns(messages: [number, Json][]): Turn[] {
  const turns = messages.map(([index, message]) => readTurn(message, index));
  joinResults({ turns, answer: null });
  return turns;
}

/** Put results of tools to their calls, and take them out of the turns in which they came. */
function joinResults({ turns, answer }: Pick<Conversation, "turns" | "answer">): void {
  const calls = new Map<string, Block>();
  const join = (block: Block): boolean => {
    const id = get(block.value, "id");
    if (typeof id === "string" && block.type.endsWith("tool_use") && !calls.has(id)) calls.set(id, block);
    const call = calls.get(getText(block.value, "tool_use_id"));
    if (!call || call.result || !block.type.endsWith("tool_result")) return false;
    call.result = block;
    return true;
  };
  for (const turn of turns) {
    const rest = turn.blocks.filter((block) => !join(block));
    turn.moved = turn.role === "user" ? turn.blocks.length - rest.length : 0;
    turn.blocks = rest;
  }
  if (answer) answer.splice(0, answer.length, ...answer.filter((block) => !join(block)));
}

/** What kind of answer it is that is no message. */
export type Answer = "message" | "error" | "raw" | "value" | "none";

export function tellAnswer({ answer, status }: Entry): Answer {
  if (answer === null) return "none";
  if (get(answer, "type") === "message") return "message";
  // Other wires and gateways have errors without a type around them.
  if (isObject(get(answer, "error")) && (get(answer, "type") === "error" || status >= 400)) return "error";
  return typeof get(answer, "body") === "string" && "headers" in answer ? "raw" : "value";
}

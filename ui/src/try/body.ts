// The body of a request as a form shows it: each change gives a new body, in which all other keys stay.
import type { Json, Obj } from "../types.ts";
import { isObject, parse } from "../parts/values.ts";

/** A part of a turn: a text that can be edited, or something that is shown by its type. */
export interface Part {
  index: number;
  label: string;
  /** null: it is edited in the JSON. */
  text: string | null;
}

export interface Turn {
  role: string;
  parts: Part[];
}

/** The object that a text is; null: it is none. */
export function readBody(text: string): Obj | null {
  const value = parse(text);
  return isObject(value) ? value : null;
}

export function writeBody(body: Obj): string {
  return JSON.stringify(body, null, 2);
}

/** The body with another value; undefined removes the key. */
export function setKey(body: Obj, key: string, value: Json | undefined): Obj {
  if (value !== undefined) return { ...body, [key]: value };
  const { [key]: _, ...rest } = body;
  return rest;
}

/** A value in a field for texts and numbers. */
export function showValue(value: Json | undefined): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

/** The text of a system prompt, or of a turn's content of one text; null: it is edited in the JSON. */
export function readText(content: Json | undefined): string | null {
  if (content === undefined) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content) || content.length !== 1) return null;
  const [block] = content;
  return isObject(block) && block.type === "text" && typeof block.text === "string" ? block.text : null;
}

/** A content with another text: a block stays a block, with what else it holds. */
export function writeText(content: Json | undefined, text: string): Json {
  if (!Array.isArray(content)) return text;
  return content.map((block, index) => (index === 0 && isObject(block) ? { ...block, text } : block));
}

export function readTurns(body: Obj): Turn[] {
  const messages = Array.isArray(body.messages) ? body.messages : [];
  return messages.map((message) => {
    const turn = isObject(message) ? message : {};
    return { role: showValue(turn.role), parts: readParts(turn.content) };
  });
}

function readParts(content: Json | undefined): Part[] {
  if (!Array.isArray(content)) return [{ index: 0, label: "Text", text: typeof content === "string" ? content : null }];
  return content.map((block, index) => {
    const { type, text, tool_use_id, content: inner, name } = isObject(block) ? block : {};
    if (type === "text" && typeof text === "string") return { index, label: "Text", text };
    if (type === "tool_result") return { index, label: `Result of ${String(tool_use_id)}`, text: readText(inner) };
    return { index, label: [type ?? "block", name].filter(Boolean).join(" "), text: null };
  });
}

/** The body with another text in a part of a turn. */
export function setPart(body: Obj, turn: number, part: number, text: string): Obj {
  return changeTurn(body, turn, (message) => {
    const { content } = message;
    if (!Array.isArray(content)) return { ...message, content: text };
    return { ...message, content: content.map((block, index) => (index === part ? setBlock(block, text) : block)) };
  });
}

function setBlock(block: Json, text: string): Json {
  if (!isObject(block)) return block;
  return block.type === "tool_result" ? { ...block, content: writeText(block.content, text) } : { ...block, text };
}

export function setRole(body: Obj, turn: number, role: string): Obj {
  return changeTurn(body, turn, (message) => ({ ...message, role }));
}

function changeTurn(body: Obj, turn: number, change: (message: Obj) => Obj): Obj {
  const messages = listMessages(body);
  return { ...body, messages: messages.map((each, index) => (index === turn && isObject(each) ? change(each) : each)) };
}

export function removeTurn(body: Obj, turn: number): Obj {
  return { ...body, messages: listMessages(body).filter((_, index) => index !== turn) };
}

/** The body with one more turn, of whoever is next. */
export function addTurn(body: Obj): Obj {
  const messages = listMessages(body);
  const last = messages.at(-1);
  const role = isObject(last) && last.role === "user" ? "assistant" : "user";
  return { ...body, messages: [...messages, { role, content: "" }] };
}

export function listMessages(body: Obj): Json[] {
  return Array.isArray(body.messages) ? body.messages : [];
}

/** The calls in an answer that its caller has to answer. */
export function findCalls(message: Obj): Obj[] {
  const content = Array.isArray(message.content) ? message.content : [];
  return content.filter((block): block is Obj => isObject(block) && block.type === "tool_use");
}

/** The body behind an answer, with a result for each of its calls, to be edited. */
export function answerCalls(body: Obj, message: Obj): Obj {
  const results = findCalls(message).map(({ id, name }) => ({
    type: "tool_result",
    tool_use_id: id ?? "",
    content: `The result of ${String(name)}.`,
  }));
  return append(body, message, { role: "user", content: results });
}

/** The body behind an answer: the user's turn is empty; after a pause there is none, since the model goes on. */
export function goOn(body: Obj, message: Obj): Obj {
  return append(body, message, ...(message.stop_reason === "pause_turn" ? [] : [{ role: "user", content: "" }]));
}

function append(body: Obj, message: Obj, ...more: Obj[]): Obj {
  const answer = { role: "assistant", content: message.content ?? [] };
  return { ...body, messages: [...listMessages(body), answer, ...more] };
}

export function readThinking(body: Obj): { type: string; budget: string } {
  const { type, budget_tokens } = isObject(body.thinking) ? body.thinking : {};
  return { type: showValue(type), budget: showValue(budget_tokens) };
}

/** The body with another way of thinking; "" leaves it to the model. Only type "enabled" has a budget. */
export function setThinking(body: Obj, type: string, budget?: number): Obj {
  if (type === "") return setKey(body, "thinking", undefined);
  const { budget_tokens, ...rest } = isObject(body.thinking) ? body.thinking : {};
  const kept = type === "enabled" ? { budget_tokens: budget ?? budget_tokens ?? 1024 } : {};
  return setKey(body, "thinking", { ...rest, type, ...kept });
}

export function readEffort(body: Obj): string {
  return isObject(body.output_config) ? showValue(body.output_config.effort) : "";
}

export function setEffort(body: Obj, effort: string): Obj {
  const config = setKey(isObject(body.output_config) ? body.output_config : {}, "effort", effort || undefined);
  return setKey(body, "output_config", Object.keys(config).length ? config : undefined);
}

// The chat wire: its chunks and completions as messages, and what is written behind an answer in its own form.
import { get, getList, getText, isObject, parse } from "../parts/values.ts";
import type { Json, Obj } from "../types.ts";
import { findCalls, listMessages } from "./body.ts";
import type { Told } from "./fold.ts";

export const DONE = "[DONE]";

export function isChunk(data: Obj): boolean {
  return data.object === "chat.completion.chunk";
}

/** Add a chunk to what was told; of several choices the first one. */
export function foldChunk(told: Told, data: Obj): Told {
  const choice = getList(data, "choices").find((each) => (get(each, "index") ?? 0) === 0);
  const delta = get(choice, "delta");
  let next: Told = { ...told, isChat: true, isStarted: true, message: readHead(told, data, choice) };
  next = addText(next, "thinking", "thinking", getText(delta, "reasoning_content"));
  next = addText(next, "text", "text", getText(delta, "content"));
  for (const call of getList(delta, "tool_calls")) next = addCall(next, call);
  return choice !== undefined && typeof get(choice, "finish_reason") === "string" ? endCalls(next) : next;
}

function readHead(told: Told, data: Obj, choice: Json | undefined): Obj {
  const { id, model, usage } = data;
  const reason = getText(choice, "finish_reason");
  return { ...told.message, id: id ?? "", model: model ?? "", ...(isObject(usage) ? { usage } : {}), ...(reason ? { stop_reason: reason } : {}) };
}

function addText(told: Told, type: string, key: string, text: string): Told {
  if (text === "") return told;
  const last = told.blocks.at(-1);
  if (last?.type !== type) return { ...told, blocks: [...told.blocks, { type, [key]: text }] };
  return { ...told, blocks: [...told.blocks.slice(0, -1), { ...last, [key]: String(last[key]) + text }] };
}

/** A part of a call; parts with the same index belong to one. */
function addCall(told: Told, call: Json): Told {
  const index = Number(get(call, "index") ?? 0);
  const known = told.blocks.findIndex((block) => block.type === "tool_use" && block.index === index);
  const place = known < 0 ? told.blocks.length : known;
  const name = getText(get(call, "function"), "name");
  const block = { type: "tool_use", index, id: getText(call, "id"), name, input: {} };
  const blocks = known < 0 ? [...told.blocks, block] : told.blocks;
  const text = (told.inputs[place] ?? "") + getText(get(call, "function"), "arguments");
  return { ...told, blocks, inputs: { ...told.inputs, [place]: text } };
}

function endCalls(told: Told): Told {
  const blocks = told.blocks.map((block, place) => {
    const { index: _, ...rest } = block;
    return told.inputs[place] === undefined ? rest : { ...rest, input: readInput(told.inputs[place]) };
  });
  return { ...told, blocks, inputs: {} };
}

function readInput(text: string): Json {
  return text === "" ? {} : (parse(text) ?? text);
}

/** The first choice of a completion as a message; another body as it is. */
export function readCompletion(body: Obj | null): Obj | null {
  if (body?.object !== "chat.completion") return body;
  const choice = getList(body, "choices")[0];
  const message = get(choice, "message");
  const blocks: Obj[] = [];
  if (getText(message, "reasoning_content")) blocks.push({ type: "thinking", thinking: getText(message, "reasoning_content") });
  if (getText(message, "content")) blocks.push({ type: "text", text: getText(message, "content") });
  for (const call of getList(message, "tool_calls")) {
    const made = get(call, "function");
    blocks.push({ type: "tool_use", id: getText(call, "id"), name: getText(made, "name"), input: readInput(getText(made, "arguments")) });
  }
  return { content: blocks, stop_reason: getText(choice, "finish_reason"), usage: body.usage ?? {} };
}

/** The body behind an answer, with a result for each of its calls, or with an empty turn of the user. */
export function followChat(body: Obj, message: Obj, kind: "calls" | "turn"): Obj {
  const calls = findCalls(message);
  const texts = (Array.isArray(message.content) ? message.content : []).map((block) => getText(block, "text"));
  const answered = { role: "assistant", content: texts.join("") || null, ...(calls.length > 0 ? { tool_calls: calls.map(writeCall) } : {}) };
  const results = calls.map(({ id, name }) => ({ role: "tool", tool_call_id: id ?? "", content: `The result of ${String(name)}.` }));
  return { ...body, messages: [...listMessages(body), answered, ...(kind === "calls" ? results : [{ role: "user", content: "" }])] };
}

function writeCall({ id, name, input }: Obj): Obj {
  return { id: id ?? "", type: "function", function: { name: name ?? "", arguments: JSON.stringify(input ?? {}) } };
}

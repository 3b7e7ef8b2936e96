// Puts the events of a stream together to the message they tell, and says what is wrong with them.
// Nothing is taken for granted: a mock server breaks streams on purpose, and what is broken is to be seen.
import { isObject, parse } from "../parts/values.ts";
import type { Obj } from "../types.ts";
import type { ServerEvent } from "../feed/reader.ts";
import { DONE, foldChunk, isChunk } from "./chat.ts";

/** What a stream has told so far. */
export interface Told {
  message: Obj | null;
  isStarted: boolean;
  /** By the index in the stream, which may have gaps. */
  blocks: Obj[];
  /** The text of the inputs of tools that are still on their way, by the place of their block. */
  inputs: Record<number, string>;
  /** Which blocks have not ended. */
  open: number[];
  error: Obj | null;
  isEnded: boolean;
  /** Whether it is a stream of the chat wire. */
  isChat?: boolean;
  notes: string[];
}

export const NOTHING: Told = { message: null, isStarted: false, blocks: [], inputs: {}, open: [], error: null, isEnded: false, notes: [] };

/** Add an event to what was told. */
export function fold(told: Told, event: ServerEvent): Told {
  if (event.data === null) return note(told, `An event ${event.name || "without a name"} has no data.`);
  const data = parse(event.data);
  if (told.isChat && event.data === DONE) return { ...told, isEnded: true };
  if (isObject(data) && isChunk(data)) return foldChunk(told, data);
  if (told.isChat && isObject(data) && isObject(data.error)) return { ...told, error: data };
  if (!isObject(data)) {
    return note(told, event.data === "[DONE]" ? "The marker [DONE] came, which the API does not send." : "The data of an event are not JSON.");
  }
  const type = typeof data.type === "string" ? data.type : event.name;
  const named = nameNote(event.name, type);
  const noted = named ? note(told, named) : told;
  const apply = APPLY[type];
  if (!apply) return note(noted, `An event of the unknown type ${type || '""'} came.`);
  const late = told.isEnded && type !== "ping" ? note(noted, `An event ${type} came behind message_stop.`) : noted;
  return apply(late, data);
}

/** Look at what was told when nothing follows. */
export function finish(told: Told, rest: string): Told {
  let last = told;
  if (rest) last = note(last, "The stream ended in the middle of an event.");
  if (last.error) return last;
  if (last.isChat) return last.isEnded ? last : note(last, `The stream ended without ${DONE}.`);
  if (!last.isStarted) last = note(last, "The stream ended without message_start.");
  for (const index of last.open) last = note(last, `Block ${index} did not end.`);
  if (!last.isEnded) last = note(last, "The stream ended without message_stop.");
  return last;
}

/** The message as a whole answer would have it. */
export function makeMessage(told: Told): Obj | null {
  if (!told.message && !told.blocks.length) return null;
  return { ...told.message, content: told.blocks.filter(Boolean) };
}

function nameNote(name: string, type: string): string | null {
  if (name === type) return null;
  return name ? `An event is called ${name}, its data say ${type}.` : "Events have no name: clients that go by it read nothing.";
}

function note(told: Told, text: string): Told {
  return told.notes.includes(text) ? told : { ...told, notes: [...told.notes, text] };
}

const APPLY: Record<string, (told: Told, data: Obj) => Told> = {
  ping: (told) => told,
  error: (told, data) => ({ ...told, error: data }),
  message_start: (told, data) => {
    const first = { ...(told.isStarted ? note(told, "message_start came twice.") : told), isStarted: true };
    return isObject(data.message) ? { ...first, message: data.message } : note(first, "message_start brings no message.");
  },
  content_block_start: startBlock,
  content_block_delta: addDelta,
  content_block_stop: stopBlock,
  message_delta: (told, data) => {
    const delta = isObject(data.delta) ? data.delta : {};
    const { type: _, delta: __, usage, ...more } = data;
    const before = told.message && isObject(told.message.usage) ? told.message.usage : {};
    const counts = isObject(usage) ? { usage: { ...before, ...usage } } : {};
    return { ...told, message: { ...told.message, ...delta, ...counts, ...more } };
  },
  message_stop: (told) => ({ ...told, isEnded: true }),
};

function startBlock(told: Told, data: Obj): Told {
  const index = readIndex(data);
  const block = isObject(data.content_block) ? data.content_block : {};
  const first = told.blocks[index] ? note(told, `Block ${index} started twice.`) : told;
  const place = told.blocks[index] ? told.blocks.length : index;
  return { ...first, blocks: put(first.blocks, place, block), open: [...first.open.filter((each) => each !== index), index] };
}

function addDelta(told: Told, data: Obj): Told {
  const index = readIndex(data);
  const delta = isObject(data.delta) ? data.delta : {};
  const block = told.blocks[index];
  const noted = block ? told : note(told, `Block ${index} did not start.`);
  if (delta.type === "input_json_delta") {
    const text = (noted.inputs[index] ?? "") + String(delta.partial_json ?? "");
    return { ...noted, blocks: put(noted.blocks, index, block ?? {}), inputs: { ...noted.inputs, [index]: text } };
  }
  return { ...noted, blocks: put(noted.blocks, index, merge(block ?? guess(delta), delta)) };
}

/** Texts grow, lists get longer, all else is replaced: so blocks of types that come later are read, too. */
function merge(block: Obj, delta: Obj): Obj {
  const merged = { ...block };
  for (const [key, value] of Object.entries(delta)) {
    const before = merged[key];
    if (key === "type") continue;
    if (key === "citation") merged.citations = [...(Array.isArray(merged.citations) ? merged.citations : []), value];
    else if (typeof before === "string" && typeof value === "string") merged[key] = before + value;
    else if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
    else merged[key] = value;
  }
  return merged;
}

/** A block whose start did not come. */
function guess(delta: Obj): Obj {
  return { type: String(delta.type ?? "").replace(/_delta$/, "").replace("signature", "thinking") };
}

function stopBlock(told: Told, data: Obj): Told {
  const index = readIndex(data);
  const open = told.open.filter((each) => each !== index);
  const text = told.inputs[index];
  if (text === undefined) return { ...told, open };
  const { [index]: _, ...inputs } = told.inputs;
  const input = text === "" ? {} : parse(text);
  const noted = input === undefined ? note(told, `The input of block ${index} is not JSON.`) : told;
  return { ...noted, open, inputs, blocks: put(told.blocks, index, { ...told.blocks[index], input: input ?? text }) };
}

function readIndex(data: Obj): number {
  return typeof data.index === "number" && data.index >= 0 && data.index < 10_000 ? Math.floor(data.index) : 0;
}

function put(blocks: Obj[], place: number, block: Obj): Obj[] {
  const copy = [...blocks];
  copy[place] = block;
  return copy;
}

// What may be written at the cursor, by the schema. The text around it need not be finished.
import type { Json } from "../types.ts";
import { listScalars, MOST_READ, parse, pick, readValue, type Path } from "./document.ts";
import { schemasAt } from "./places.ts";
import { flatten, keysOf, typesOf, valuesOf, type Schema } from "./schema.ts";
import { describeSchema, write } from "./words.ts";

export type Language = "yaml" | "json";

export interface Proposal {
  label: string;
  kind: "key" | "value";
  /** What kind of value the key takes. */
  detail: string;
  info: string;
  /** What replaces the word, and where in it the cursor goes. */
  insert: string;
  cursor: number;
  /** Whether more can be proposed there. */
  hasMore: boolean;
}

export interface Proposals {
  from: number;
  to: number;
  proposals: Proposal[];
}

interface Slot {
  /** Of the mapping whose keys, or of the value that may stand here. */
  path: Path;
  takesKeys: boolean;
  takesValues: boolean;
  isInFlow: boolean;
  /** The document without the word at the cursor. */
  value: unknown;
}

// It stands for the word at the cursor: a text that is cut off there can seldom be read.
const MARK = "cursor-x7f3";

export function propose(root: Schema, text: string, position: number, language: Language): Proposals | null {
  if (text.length > MOST_READ) return null;
  const from = position - (/[\w./-]*$/.exec(text.slice(Math.max(0, position - 200), position))?.[0].length ?? 0);
  const to = position + (/^[\w./-]*/.exec(text.slice(position, position + 200))?.[0].length ?? 0);
  const slot = findSlot(text, from, to);
  if (!slot) return null;
  const schemas = schemasAt(root, slot.path, slot.value);
  const proposals: Proposal[] = [];
  const shape = {
    language,
    before: text[from - 1] ?? "",
    after: text.slice(to, to + 40),
    indent: indentOf(text, from),
    ...slot,
  };
  if (slot.takesKeys) {
    const held = pick(slot.value, slot.path);
    const taken = typeof held === "object" && held !== null ? held : {};
    const keys = keysOf(schemas).filter((key) => !(key.name in taken));
    proposals.push(...keys.map((key) => proposeKey(root, key.name, key.schema, shape)));
  }
  if (slot.takesValues) proposals.push(...valuesOf(schemas).map((value) => proposeValue(value, shape)));
  return proposals.length ? { from, to, proposals } : null;
}

/** Where in the document the word between two offsets stands. */
function findSlot(text: string, from: number, to: number): Slot | null {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const isAlone = /^[\s-]*$/.test(text.slice(start, from)) && /^[ \t]*(\r?\n|$)/.test(text.slice(to));
  const inFlow = isWithinFlow(text, from);
  // Alone in its line it is read as a key; else it would be taken as a part of the next line.
  const isKeyLike = isAlone && !inFlow;
  const document = parse(text.slice(0, from) + MARK + (isKeyLike ? ":" : "") + text.slice(to));
  for (const { node, path, isKey } of listScalars(document.contents)) {
    if (node.value !== MARK) continue;
    const holder = isKey ? path.slice(0, -1) : path;
    const value = withoutMark(readValue(document), path, isKey);
    const held = pick(value, holder);
    const isOnly = isKey && isKeyLike && (held === undefined || Object.keys(held as object).length === 0);
    return { path: holder, takesKeys: isKey, takesValues: !isKey || isOnly, isInFlow: inFlow, value };
  }
  return null;
}

/** Whether a "{" or "[" before an offset is still open, in this line or those before it. */
function isWithinFlow(text: string, offset: number): boolean {
  let depth = 0;
  const plain = text.slice(0, offset).replace(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|(?:^|\s)#.*$/gm, "");
  for (const letter of plain.slice(-20_000)) {
    if (letter === "{" || letter === "[") depth += 1;
    else if (letter === "}" || letter === "]") depth = Math.max(0, depth - 1);
  }
  return depth > 0;
}

function withoutMark(value: unknown, path: Path, isKey: boolean): unknown {
  const holder = pick(value, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined || typeof holder !== "object" || holder === null) return path.length ? value : undefined;
  if (isKey) delete (holder as Record<string, unknown>)[last];
  else (holder as Record<string, unknown>)[last] = undefined;
  return value;
}

interface Shape extends Slot {
  language: Language;
  /** The letter before the word, and what follows it. */
  before: string;
  after: string;
  indent: string;
}

function proposeKey(root: Schema, name: string, schema: Json, shape: Shape): Proposal {
  const { description, types } = describeSchema(root, schema);
  const quote = shape.language === "json" && shape.before !== '"' ? '"' : "";
  const closing = shape.before === '"' && !shape.after.startsWith('"') ? '"' : quote;
  const word = `${quote}${name}${closing}`;
  if (/^"?\s*:/.test(shape.after))
    return {
      label: name,
      kind: "key",
      detail: types,
      info: description,
      insert: word,
      cursor: word.length,
      hasMore: false,
    };
  const kinds = new Set(flatten(root, schema).flatMap(typesOf));
  const isOnly = (kind: string): boolean => kinds.size === 1 && kinds.has(kind);
  const isFlow = shape.isInFlow || shape.language === "json";
  const isQuoted = shape.before === '"' && shape.after.startsWith('"');
  const [opening, ending] = isOnly("object")
    ? isFlow
      ? [": {", "}"]
      : [`:\n${shape.indent}  `, ""]
    : isOnly("array")
      ? isFlow
        ? [": [", "]"]
        : [`:\n${shape.indent}  - `, ""]
      : [": ", ""];
  const insert = isQuoted ? word : word + opening + ending;
  const cursor = isQuoted ? word.length : word.length + opening.length;
  return { label: name, kind: "key", detail: types, info: description, insert, cursor, hasMore: !isQuoted };
}

function proposeValue(value: Json, shape: Shape): Proposal {
  const insert = shape.language === "json" && shape.before !== '"' ? JSON.stringify(value) : write(value);
  return { label: write(value), kind: "value", detail: "", info: "", insert, cursor: insert.length, hasMore: false };
}

/** The indentation of what stands in a line, list marks taken as room: that of the next line below it. */
function indentOf(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return (/^[\s-]*/.exec(line)?.[0] ?? "").replace(/-/g, " ");
}

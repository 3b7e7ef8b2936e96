// A text in YAML, or in JSON, which is YAML too: what stands where.
import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from "yaml";

export type Path = (string | number)[];

export interface Span {
  from: number;
  to: number;
}

export interface Found extends Span {
  path: Path;
  isKey: boolean;
}

/** The most of a text that is read at a key: more would be felt. */
const MOST_READ = 10_000;

/** What is read of a text for a place in it: all, or of a long one the scenario there; null where that is long, too.
 * `shift` is what an offset in the text has more than one in the part. */
export function cutAround(text: string, offset: number): { part: string; shift: number } | null {
  if (text.length <= MOST_READ) return { part: text, shift: 0 };
  const key = /^scenarios:[ \t]*(?:#.*)?\r?\n/m.exec(text);
  const first = key && /^ *- /m.exec(text.slice(key.index + key[0].length));
  if (!first) return null;
  const mark = `\n${first[0]}`;
  const start = text.lastIndexOf(mark, offset - 1) + 1;
  const next = text.indexOf(mark, Math.max(offset, start));
  const end = next < 0 ? text.length : next + 1;
  if (start <= key.index || end - start > MOST_READ) return null;
  return { part: key[0] + text.slice(start, end), shift: start - key[0].length };
}

/** Read a text as far as it can be read; `errors` of the result says what cannot. */
export function parse(text: string): Document {
  return parseDocument(text, { merge: true, prettyErrors: false, strict: true, uniqueKeys: true });
}

/** The value of a document; undefined when it has none, such as for an alias without an anchor. */
export function readValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch {
    return undefined;
  }
}

/** The key or the plain value at an offset. */
export function findAt(document: Document, offset: number): Found | null {
  return search(document.contents, offset, []);
}

function search(node: unknown, offset: number, path: Path): Found | null {
  if (isMap(node)) {
    for (const pair of node.items) {
      const inner = [...path, keyOf(pair)];
      if (holds(pair.key, offset)) return { path: inner, isKey: true, ...spanOf(pair.key) };
      if (holds(pair.value, offset)) return search(pair.value, offset, inner);
    }
    return null;
  }
  if (isSeq(node)) {
    const index = node.items.findIndex((item) => holds(item, offset));
    return index < 0 ? null : search(node.items[index], offset, [...path, index]);
  }
  return holds(node, offset) ? { path, isKey: false, ...spanOf(node) } : null;
}

function holds(node: unknown, offset: number): boolean {
  const range = (node as Node | null)?.range;
  return range ? range[0] <= offset && offset <= range[1] : false;
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

export function spanOf(node: unknown): Span {
  const range = (node as Node | null)?.range;
  return range ? { from: range[0], to: range[1] } : { from: 0, to: 0 };
}

/** All plain values, each with its path and the key's or item's place in what holds it. */
export function* listScalars(node: unknown, path: Path = []): Generator<{ node: Scalar; path: Path; isKey: boolean }> {
  if (isScalar(node)) yield { node, path, isKey: false };
  else if (isPair(node)) {
    if (isScalar(node.key)) yield { node: node.key, path: [...path, keyOf(node)], isKey: true };
    yield* listScalars(node.value, [...path, keyOf(node)]);
  } else if (isMap(node)) for (const pair of node.items) yield* listScalars(pair, path);
  else if (isSeq(node)) for (const [index, item] of node.items.entries()) yield* listScalars(item, [...path, index]);
}

/** The part of a value that a path leads to. */
export function pick(value: unknown, path: Path): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found;
}

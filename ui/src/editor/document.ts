// A text in YAML, or in JSON, which is YAML too: what stands where.
import {
  isAlias,
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

/** Longer texts are not read at each key: that would be felt. The server reads them. */
export const MOST_READ = 40_000;

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

function spanOf(node: unknown): Span {
  const range = (node as Node | null)?.range;
  return range ? { from: range[0], to: range[1] } : { from: 0, to: 0 };
}

export function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

/** Where the value at a path stands, or its key; of a value that comes from elsewhere (an alias), what holds it. */
export function locate(document: Document, path: Path, isKey: boolean): Span {
  let node: unknown = document.contents;
  let span: Span = { from: 0, to: 0 };
  for (const [index, part] of path.entries()) {
    const pair = isMap(node) ? node.items.find((each) => keyOf(each) === String(part)) : undefined;
    const next = pair ? pair.value : isSeq(node) ? node.items[Number(part)] : undefined;
    const isLast = index === path.length - 1;
    if (pair && ((isLast && isKey) || !next || isAlias(next))) span = spanOf(pair.key);
    else if (next) span = firstLine(next);
    if (!next) return span;
    node = next;
  }
  return path.length ? span : firstLine(node);
}

/** The place of a value; a mapping or list is long, so its beginning stands for it. */
function firstLine(node: unknown): Span {
  const { from, to } = spanOf(node);
  if (isMap(node) && node.items[0]) return spanOf(node.items[0].key);
  return isSeq(node) && node.items[0] ? firstLine(node.items[0]) : { from, to };
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

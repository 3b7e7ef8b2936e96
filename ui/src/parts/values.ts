// JSON of which nothing is known: what clients send may be anything, with any names.
import type { Json, Obj } from "../types.ts";

export function isObject(value: Json | undefined): value is Obj {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field of an object; undefined where it is no object, or has no such field of its own. */
export function get(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** A text in a field; "" where there is none. */
export function getText(value: Json | undefined, name: string): string {
  const found = get(value, name);
  return typeof found === "string" ? found : "";
}

export function getList(value: Json | undefined, name: string): Json[] {
  const found = get(value, name);
  return Array.isArray(found) ? found : [];
}

/** The JSON value in a text; undefined where it is none. */
export function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The names and values in an object, or the places and values in a list. */
export function listChildren(value: Json): [string, Json][] {
  if (Array.isArray(value)) return value.map((each, index) => [String(index), each]);
  return isObject(value) ? Object.entries(value) : [];
}

/** So many children of a node are shown at first. */
export const SHOWN = 200;

/**
 * The nodes of a tree to open at first: level by level as long as not more than `budget` lines are shown, and the way
 * to the value at `path`.
 */
export function planOpen(root: Json, budget: number, path: string | null = null): Set<Json> {
  const open = new Set<Json>(path === null ? [] : listWay(root, path));
  let level: Json[] = [root];
  while (level.length > 0) {
    const next: Json[] = [];
    for (const node of level) {
      const children = listChildren(node).slice(0, SHOWN);
      if (children.length === 0 || children.length > budget) continue;
      budget -= children.length;
      open.add(node);
      for (const [, child] of children) next.push(child);
    }
    level = next;
  }
  return open;
}

/** The nodes on the way to a path such as "messages.1.content.0", which may hold words that are no fields. */
function listWay(root: Json, path: string): Json[] {
  const way = [root];
  let node = root;
  for (const name of path.split(".")) {
    const child = Array.isArray(node) ? node[Number(name)] : get(node, name);
    if (child === undefined) continue;
    way.push(child);
    node = child;
  }
  return way;
}

/** The path of the deepest value that exists on the way to `path`, in the words of the tree. */
export function resolve(root: Json, path: string): string {
  const found: string[] = [];
  let node = root;
  for (const name of path.split(".")) {
    const child = Array.isArray(node) ? node[Number(name)] : get(node, name);
    if (child === undefined) continue;
    found.push(name);
    node = child;
  }
  return found.join(".");
}

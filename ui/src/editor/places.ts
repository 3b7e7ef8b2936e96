// Which parts of a JSON Schema hold at a place of a document.
import type { Json } from "../types.ts";
import type { Path } from "./document.ts";
import { asList, fitsType, follow, isObject, type Schema } from "./schema.ts";

/** All that may say something of a value: alternatives apart, those left out that the value has left behind. */
function expand(root: Schema, schema: Json | undefined, value: unknown): Schema[] {
  const plain = follow(root, schema);
  const found = [plain];
  for (const part of asList(plain["allOf"])) found.push(...expand(root, part, value));
  for (const word of ["anyOf", "oneOf"]) {
    const branches = asList(plain[word]).map((each) => follow(root, each));
    const fitting = branches.filter((branch) => mayFit(root, branch, value));
    for (const branch of fitting.length ? fitting : branches) found.push(...expand(root, branch, value));
  }
  if (isObject(plain["if"])) {
    const word = holds(plain["if"], value) ? "then" : "else";
    if (isObject(plain[word])) found.push(...expand(root, plain[word], value));
  }
  return found;
}

/** Whether a condition holds, in the words that our schemas put below "if". */
function holds(condition: Schema, value: unknown): boolean {
  const { not, properties, required } = condition;
  if (isObject(not) && holds(not, value)) return false;
  if (Array.isArray(condition["enum"]) && !condition["enum"].some((each) => each === value)) return false;
  if (!isObject(value)) return required === undefined && properties === undefined;
  return (
    asList(required).every((key) => String(key) in value) &&
    (!isObject(properties) ||
      Object.entries(properties).every(([key, each]) => !(key in value) || !isObject(each) || holds(each, value[key])))
  );
}

/** Whether a value that is not finished may become one of this kind: its type fits, and none of its keys is foreign. */
function mayFit(root: Schema, schema: Schema, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (!fitsType(root, schema, value)) return false;
  const branches = [...asList(schema["anyOf"]), ...asList(schema["oneOf"])].map((each) => follow(root, each));
  if (branches.length && !branches.some((each) => mayFit(root, each, value))) return false;
  const known = schema["properties"];
  if (!isObject(value) || !isObject(known) || schema["additionalProperties"] !== false) return true;
  return Object.keys(value).every((key) => key in known);
}

/** The schemas that hold at a path of a value. */
export function schemasAt(root: Schema, path: Path, value: unknown): Schema[] {
  let at = value;
  let found = expand(root, root, at);
  for (const part of path) {
    at = at !== null && typeof at === "object" ? (at as Record<string, unknown>)[part] : undefined;
    found = found.flatMap((each) => stepInto(each, part)).flatMap((each) => expand(root, each, at));
  }
  return found;
}

function stepInto(schema: Schema, part: string | number): Json[] {
  if (typeof part === "number") return schema["items"] === undefined ? [] : [schema["items"]];
  const { properties, patternProperties, additionalProperties } = schema;
  if (isObject(properties) && properties[part] !== undefined) return [properties[part]];
  const patterns = isObject(patternProperties) ? Object.entries(patternProperties) : [];
  const matching = patterns.filter(([pattern]) => new RegExp(pattern, "u").test(part)).map(([, each]) => each);
  return matching.length ? matching : isObject(additionalProperties) ? [additionalProperties] : [];
}

// A JSON Schema (draft 2020-12, as far as ours go): what its words say.
import type { Json, Obj } from "../types.ts";

export type Schema = Obj;

/** The schema that a $ref names; other keys beside it are kept. */
export function follow(root: Schema, schema: Json | undefined): Schema {
  let found: Schema = isObject(schema) ? schema : {};
  for (let steps = 0; typeof found["$ref"] === "string" && steps < 20; steps += 1) {
    const { $ref, ...beside } = found;
    const target = String($ref)
      .replace(/^#\/?/, "")
      .split("/")
      .reduce<Json | undefined>((node, part) => (part && isObject(node) ? node[unescape(part)] : node), root);
    found = { ...(isObject(target) ? target : {}), ...beside };
  }
  return found;
}

function unescape(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

export function isObject(value: unknown): value is Obj {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A schema and all its alternatives, whatever the value. */
export function flatten(root: Schema, schema: Json | undefined, depth = 0): Schema[] {
  const plain = follow(root, schema);
  const parts = depth < 8 ? ["allOf", "anyOf", "oneOf"].flatMap((word) => asList(plain[word])) : [];
  return [plain, ...parts.filter((each) => !isPlaceholder(each)).flatMap((each) => flatten(root, each, depth + 1))];
}

/** Whether a schema lets a placeholder stand in place of the value: that goes nearly everywhere, so it says nothing. */
function isPlaceholder(schema: Json | undefined): boolean {
  return isObject(schema) && schema["$ref"] === "#/$defs/placeholder";
}

/** Whether a value has one of the types of a schema. */
export function fitsType(root: Schema, schema: Json | undefined, value: unknown): boolean {
  const plain = follow(root, schema);
  const types = typesOf(plain);
  const kind = kindOf(value);
  if (types.length) return types.includes(kind) || (kind === "integer" && types.includes("number"));
  return ["anyOf", "oneOf"].every((word) => {
    const branches = asList(plain[word]);
    return !branches.length || branches.some((each) => fitsType(root, each, value));
  });
}

export function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function typesOf(schema: Schema): string[] {
  const type = schema["type"];
  return typeof type === "string" ? [type] : Array.isArray(type) ? type.map(String) : [];
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}

export interface Key {
  name: string;
  schema: Json;
}

/** The keys that a mapping may have, in the order of the schema. */
export function keysOf(schemas: Schema[]): Key[] {
  const found = new Map<string, Key>();
  for (const schema of schemas) {
    for (const [name, each] of isObject(schema["properties"]) ? Object.entries(schema["properties"]) : []) {
      const before = found.get(name);
      // Of several schemas the one that explains the key.
      if (!before || (before.schema === true && each !== true))
        found.set(name, { name, schema: each });
    }
  }
  const limits = schemas.flatMap(({ propertyNames }) => (isObject(propertyNames) ? [asList(propertyNames["enum"])] : []));
  return [...found.values()].filter(({ name }) => limits.every((names) => !names.length || names.includes(name)));
}

/** The values that are named: of enum and const, and true and false. */
export function valuesOf(schemas: Schema[]): Json[] {
  const named = schemas.flatMap((each) => ("const" in each ? [each["const"] as Json] : asList(each["enum"])));
  const isBoolean = schemas.some((each) => typesOf(each).includes("boolean"));
  return [...new Set([...named, ...(isBoolean ? [true, false] : [])])];
}

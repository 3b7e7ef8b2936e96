// What a schema says, in words.
import type { Json } from "../types.ts";
import { flatten, typesOf, valuesOf, type Schema } from "./schema.ts";

const TYPES: Record<string, string> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "true or false",
  object: "mapping",
  array: "list",
  null: "null",
};

export interface Docs {
  description: string;
  /** What kind of value it takes: "text, list or mapping". */
  types: string;
}

/** What is to be known of a value; the words nearest to it come first. */
export function describe(schemas: Schema[]): Docs {
  const description = schemas.map((each) => each["description"]).find((each) => typeof each === "string");
  return { description: description === undefined ? "" : String(description), types: listTypes(schemas) };
}

/** The same for a schema that is not yet expanded. */
export function describeSchema(root: Schema, schema: Json): Docs {
  return describe(flatten(root, schema));
}

function listTypes(schemas: Schema[]): string {
  const values = valuesOf(schemas).filter((value) => typeof value !== "boolean");
  const types = new Set(schemas.flatMap(typesOf));
  // A whole number is a number.
  if (types.has("number")) types.delete("integer");
  const words = [...types].map((type) => TYPES[type] ?? type);
  const named = values.slice(0, 12).map(write);
  if (values.length > named.length) named.push(`${values.length - named.length} more`);
  return joinWithOr([...new Set([...named, ...words])]);
}

export function write(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function joinWithOr(words: string[]): string {
  const last = words.at(-1) ?? "";
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} or ${last}` : last;
}

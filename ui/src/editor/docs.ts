// What the schema says of the key or value at a place of a text.
import { cutAround, findAt, parse, readValue, type Span } from "./document.ts";
import { schemasAt } from "./places.ts";
import type { Schema } from "./schema.ts";
import { describe, type Docs } from "./words.ts";

export interface PlaceDocs extends Docs, Span {
  /** The key that is explained. */
  name: string;
}

export function findDocs(root: Schema, text: string, position: number): PlaceDocs | null {
  const cut = cutAround(text, position);
  if (!cut) return null;
  const document = parse(cut.part);
  const found = findAt(document, position - cut.shift);
  if (!found) return null;
  const name = found.path.findLast((part) => typeof part === "string");
  const docs = describe(schemasAt(root, found.path, readValue(document)));
  return name === undefined || !(docs.description || docs.types)
    ? null
    : { ...docs, name: String(name), from: found.from + cut.shift, to: found.to + cut.shift };
}

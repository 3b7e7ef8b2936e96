// The mistakes of a text, each with its place: of its form, then against the schema.
import { jsonLanguage } from "@codemirror/lang-json";
import type { Language } from "./completing.ts";
import { locate, MOST_READ, parse, readValue, type Span } from "./document.ts";
import type { Schema } from "./schema.ts";
import { findMistakes } from "./validate.ts";

export interface TextMistake extends Span {
  message: string;
}

const MOST = 200;

export function findTextMistakes(text: string, schema: Schema | undefined, language: Language): TextMistake[] {
  if (!text.trim() || text.length > MOST_READ) return [];
  const broken = language === "json" ? findBreak(text) : null;
  if (broken) return [broken];
  const document = parse(text);
  if (document.errors.length) {
    return document.errors
      .slice(0, MOST)
      .map(({ pos, message }) => ({ ...widen(text, pos), message: rephrase(message) }));
  }
  if (!schema) return [];
  const value = readValue(document);
  if (value === undefined || value === null) return [];
  return findMistakes(schema, schema, value)
    .slice(0, MOST)
    .map(({ path, isKey, message }) => ({ ...locate(document, path, isKey), message }));
}

/** Where a text ceases to be JSON, which is stricter than YAML. Browsers tell the place each in their own way, or not. */
function findBreak(text: string): TextMistake | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    let at: number | null = null;
    jsonLanguage.parser.parse(text).iterate({ enter: ({ type, from }) => void (type.isError && (at ??= from)) });
    if (at === null) return { from: 0, to: 0, message: error instanceof Error ? error.message : String(error) };
    const end = text.trimEnd().length;
    const from = Math.min(at, end - 1);
    const span = widen(text, [from, from + 1]);
    const message = at >= end ? "The JSON ends too early." : `No JSON goes on with ${text.slice(from, span.to)} here.`;
    return { ...span, message };
  }
}

/** A place of one letter is hard to see: the word there. */
function widen(text: string, [from, to]: [number, number]): Span {
  const word = /^\w+/.exec(text.slice(from, from + 100))?.[0].length ?? 0;
  return { from, to: Math.max(to, from + word) };
}

// What the parser says is for those who know the words of the YAML specification.
const WORDS: [RegExp, string][] = [
  [/^Implicit map keys need to be followed/, 'This key needs ":" and a value.'],
  [/^Map keys must be unique/, "This key is here twice."],
  [/^Flow map .*end with a }/, 'A "}" is missing.'],
  [/^Flow sequence .*end with a ]/, 'A "]" is missing.'],
  [/^Nested mappings are not allowed in compact/, 'A text with ": " in it needs quotes.'],
  [/^Missing closing ["']quote/, "The closing quote is missing."],
  [/^All mapping items must start at the same column/, "This is indented otherwise than the keys before it."],
  [
    /^A block sequence may not be used as an implicit map key/,
    "This list is indented otherwise than what is around it.",
  ],
];

function rephrase(message: string): string {
  const known = WORDS.find(([pattern]) => pattern.test(message));
  return known?.[1] ?? message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? message;
}

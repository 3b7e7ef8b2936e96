// What may be typed next into the filter.
import type { Summary } from "../types.ts";
import { IS_WORDS, KEYS } from "./filter.ts";

export interface Suggestion {
  /** The whole filter with the suggestion in it, and where the caret is then. */
  text: string;
  caret: number;
  label: string;
  hint: string;
}

const MOST = 8;

export function suggest(text: string, caret: number, rows: readonly Summary[]): Suggestion[] {
  const { from, word } = findWord(text, caret);
  const minus = word.startsWith("-") ? "-" : "";
  const [name = "", value] = split(word.slice(minus.length));
  const make = (insert: string, label: string, hint: string): Suggestion => {
    const start = text.slice(0, from) + minus + insert;
    return { text: start + text.slice(caret), caret: start.length, label, hint };
  };
  if (value === undefined) {
    const keys = Object.keys(KEYS).filter((key) => key.startsWith(name.toLowerCase()));
    return keys.map((key) => make(`${key}:`, `${key}:`, KEYS[key]?.hint ?? ""));
  }
  return listValues(name.toLowerCase(), value.toLowerCase(), rows).map(([each, hint]) =>
    make(`${name}:${/\s/.test(each) ? `"${each}"` : each} `, each, hint),
  );
}

/** The word that ends at the caret. A quotation is one word. */
function findWord(text: string, caret: number): { from: number; word: string } {
  const word = /(?:[^\s"]|"[^"]*(?:"|$))*$/.exec(text.slice(0, caret))?.[0] ?? "";
  return { from: caret - word.length, word };
}

function split(word: string): [string, string?] {
  const colon = word.indexOf(":");
  return colon < 0 ? [word] : [word.slice(0, colon), word.slice(colon + 1).replaceAll('"', "")];
}

/** The values of a key that hold what was typed, the most frequent first; each with how often it is there. */
function listValues(key: string, typed: string, rows: readonly Summary[]): [string, string][] {
  const ready = key === "is" ? IS_WORDS.map((word): [string, string] => [word, ""]) : countValues(key, rows);
  return ready.filter(([value]) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed).slice(0, MOST);
}

function countValues(key: string, rows: readonly Summary[]): [string, string][] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const value of KEYS[key]?.read?.(row) ?? []) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return sorted.map(([value, count]) => [value, String(count)]);
}

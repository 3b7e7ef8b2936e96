// The language of the filter: words, key:value, "quoted words", and a minus before what must not be there.
import type { Summary } from "../types.ts";
import { findAnswerer, isRefused, isStreaming, nameAnswerer } from "./reasons.ts";
import type { Rows } from "./rows.ts";

export interface Term {
  /** null: a word that may stand anywhere. */
  key: string | null;
  value: string;
  isNot: boolean;
}

/** What cannot be seen in a row alone. */
export interface Context {
  rows: Rows;
  /** The numbers of the requests that hold a text, as the server says; undefined while it is asked. */
  hits: (text: string) => ReadonlySet<number> | undefined;
}

type Test = (row: Summary, wanted: string, context: Context) => boolean;

interface Key {
  hint: string;
  /** What a row holds there, to be searched and to be suggested. */
  read?: (row: Summary) => readonly (string | null)[];
  test?: Test;
}

const IS: Record<string, (row: Summary, rows: Rows) => boolean> = {
  refused: isRefused,
  unmatched: (row) => findAnswerer(row) === "unmatched",
  generated: (row) => findAnswerer(row) === "generated",
  forwarded: (row) => row.forwarded,
  fault: (row) => row.faults.length > 0,
  retry: (row, rows) => row.retry_of !== null || rows.retryOf(row.number) !== undefined,
  streaming: isStreaming,
  aborted: (row) => row.hung_up === true,
};
export const IS_WORDS = Object.keys(IS);

export const KEYS: Record<string, Key> = {
  model: { hint: "part of the model’s name", read: (row) => [row.model] },
  status: { hint: "404, or 4xx", read: (row) => [String(row.status)], test: hasStatus },
  is: { hint: IS_WORDS.join(", "), test: isSo },
  scenario: { hint: "the scenario that answered", read: (row) => [row.scenario] },
  tool: { hint: "a tool that the answer calls", read: (row) => row.tools },
  session: { hint: "the session", read: (row) => [row.session] },
  rule: { hint: "the rule that refused it", read: (row) => [row.rule] },
  fault: { hint: "a fault of the answer", read: (row) => row.faults },
  path: { hint: "the path", read: (row) => [row.path] },
  user: { hint: "the beginning of the user’s text", read: (row) => [row.user] },
  text: { hint: "anywhere in the request or the answer", test: (row, wanted, { hits }) => hits(wanted)?.has(row.number) ?? false },
};

const WORDS = /(?:[^\s"]|"[^"]*(?:"|$))+/g;

/** Split a filter into its terms. A key without a value, or a minus alone, is still being typed, and narrows nothing. */
export function parseFilter(text: string): Term[] {
  return (text.match(WORDS) ?? []).map(parseWord).filter(({ value }) => value !== "" && value !== "-");
}

function parseWord(word: string): Term {
  const isNot = word.length > 1 && word.startsWith("-");
  const said = isNot ? word.slice(1) : word;
  const colon = said.indexOf(":");
  const key = colon < 0 ? "" : said.slice(0, colon).toLowerCase();
  const isKey = Object.hasOwn(KEYS, key);
  return { key: isKey ? key : null, value: (isKey ? said.slice(colon + 1) : said).replaceAll('"', "").toLowerCase(), isNot };
}

/** What is wrong with a filter, in a sentence; null: nothing. */
export function findMistake(terms: readonly Term[]): string | null {
  for (const { key, value } of terms) {
    if (key === "is" && !listMeant(value).length) return `is: takes ${IS_WORDS.join(", ")}.`;
    if (key === "status" && !/^[0-9x]{1,3}$/.test(value)) return "status: takes a status such as 404, or 4xx.";
  }
  return null;
}

/** The texts that the server is to search for. */
export function listTexts(terms: readonly Term[]): string[] {
  return terms.filter(({ key }) => key === "text").map(({ value }) => value);
}

export function matches(row: Summary, terms: readonly Term[], context: Context): boolean {
  return terms.every((term) => fits(row, term, context) !== term.isNot);
}

function fits(row: Summary, { key, value }: Term, context: Context): boolean {
  if (key === null) return findHaystack(row).includes(value);
  const found = KEYS[key];
  if (found?.test) return found.test(row, value, context);
  return found?.read?.(row).some((each) => each?.toLowerCase().includes(value)) ?? false;
}

function isSo(row: Summary, wanted: string, { rows }: Context): boolean {
  return listMeant(wanted).some((word) => IS[word]?.(row, rows));
}

/** The word, or those that it begins, since it may still be being typed. */
function listMeant(value: string): string[] {
  return IS_WORDS.includes(value) ? [value] : IS_WORDS.filter((word) => word.startsWith(value));
}

function hasStatus(row: Summary, wanted: string): boolean {
  return [...wanted].every((digit, index) => digit === "x" || digit === String(row.status)[index]);
}

const HAYSTACKS = new WeakMap<Summary, string>();

/** What a word is sought in, worked out once for each row. */
function findHaystack(row: Summary): string {
  let text = HAYSTACKS.get(row);
  if (text === undefined) {
    const parts = [row.model, row.user, row.status, row.scenario, row.path, row.rule, row.session, row.request_id];
    text = [...parts, nameAnswerer(row), ...row.tools, ...row.faults].join("\n").toLowerCase();
    HAYSTACKS.set(row, text);
  }
  return text;
}

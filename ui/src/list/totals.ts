// Sums of requests.
import type { Summary } from "../types.ts";
import { isRefused } from "./reasons.ts";

export interface Totals {
  requests: number;
  /** Of all tokens of prompts, those read from a cache and written to it among them. */
  input: number;
  cached: number;
  output: number;
  cost: number;
  refused: number;
  running: number;
}

export function addUp(rows: readonly Summary[]): Totals {
  const sums: Totals = { requests: rows.length, input: 0, cached: 0, output: 0, cost: 0, refused: 0, running: 0 };
  for (const row of rows) {
    sums.input += countInput(row);
    sums.cached += row.tokens?.cache_read_input ?? 0;
    sums.output += row.tokens?.output ?? 0;
    sums.cost += row.cost ?? 0;
    sums.refused += isRefused(row) ? 1 : 0;
    sums.running += row.finished ? 0 : 1;
  }
  return sums;
}

/** The tokens of the prompt, whether or not a cache had them. */
export function countInput({ tokens }: Pick<Summary, "tokens">): number {
  return tokens ? tokens.input + tokens.cache_creation_input + tokens.cache_read_input : 0;
}

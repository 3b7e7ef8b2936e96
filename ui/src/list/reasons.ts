// Who answered a request, in a word or two.
import type { Summary } from "../types.ts";

export type Answerer = "scenario" | "generated" | "unmatched" | "refused" | "forwarded" | "computed" | "nobody";

/** The rule that refuses paths that the API does not have. */
const NO_PATH = "route";

export function isRefused(row: Summary): boolean {
  return row.rule !== null && row.status >= 400;
}

export function findAnswerer(row: Summary): Answerer {
  if (row.forwarded) return "forwarded";
  if (row.scenario !== null) return "scenario";
  if (isRefused(row)) return "refused";
  if (row.unmatched) return row.status < 400 ? "generated" : "unmatched";
  return row.endpoint || isOfGateway(row) ? "computed" : "nobody";
}

/** Whether a gateway answers this path out of its own table; its page in place of a 404 has a rule. */
function isOfGateway(row: Summary): boolean {
  return Boolean(row.gateway) && row.rule === null && row.status < 400 && !row.probe;
}

/** How the answerer is named in the list. */
export function nameAnswerer(row: Summary): string {
  const answerer = findAnswerer(row);
  if (answerer === "scenario") return row.scenario ?? "";
  if (answerer === "refused") return row.rule === NO_PATH ? "no such path" : row.rule ?? "";
  if (answerer === "nobody") return row.probe ? "probe" : "no such path";
  return answerer;
}

/** What was asked: the user's text, or method and path where there is none, or where the path is the mistake. */
export function describe(row: Summary): string {
  const path = `${row.method} ${row.path}`;
  if (!row.endpoint) return path;
  return row.user ?? (row.model === null ? path : "");
}

export function isStreaming(row: Summary): boolean {
  return !row.finished;
}

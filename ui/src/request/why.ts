// Why a request was answered as it was, in sentences.
import { formatCount } from "../parts/format.ts";
import type { Entry, Miss } from "../types.ts";
import { asRead } from "../wires.ts";

/** Who answered, as a short word for the head. */
export function tellAnswerer(entry: Entry): string {
  if (entry.scenario !== null) return "scenario";
  if (entry.forwarded) return "forwarded";
  if (isRefused(entry)) return "refused";
  if (entry.unmatched && entry.status >= 400) return "unmatched";
  return entry.endpoint === "" ? "no endpoint" : asRead(entry).answer?.["type"] === "message" ? "generated" : "computed";
}

/** Whether a rule of the API refused it. */
export function isRefused({ status, rule, scenario }: Entry): boolean {
  return status >= 400 && rule !== null && scenario === null;
}

/** The first sentence: who answered, and why it was that one. */
export function tellWhy(entry: Entry): string {
  const { scenario, position, misses_left_out: more } = entry;
  const tried = splitMisses(entry).misses.length + more;
  if (scenario !== null) {
    const number = countAnswer(position);
    const gave = number === null ? "" : `It gave answer ${number} of its script. `;
    return gave + (tried === 0 ? "It was the first one tried." : `${countScenarios(tried)} tried before it did not fit.`);
  }
  if (entry.forwarded) return "No scenario fitted, and the session is recorded: the request was forwarded, and the upstream answered.";
  if (entry.endpoint === "") return "The API has no such endpoint.";
  if (isRefused(entry) && entry.gateway !== null && entry.channel === null) return "The gateway refuses this request itself, before any scenario is asked.";
  if (isRefused(entry)) return "The API would refuse this request, so no scenario was asked: rules come before scenarios.";
  if (entry.unmatched && entry.status >= 400) return "No scenario fitted, and the server answers only what a scenario fits.";
  const made = asRead(entry).answer?.["type"] === "message" ? "the answer was generated" : "the server worked the answer out";
  if (entry.unmatched) return `${tried === 0 ? "There is no scenario for this request" : "No scenario fitted"}, so ${made}.`;
  return "No scenario is asked for this: the server works the answer out.";
}

/** Which answer of the script it is, from 1; null where the script does not count. */
export function countAnswer(position: string | null): number | null {
  return position === null || !/^\d+$/.test(position) ? null : Number(position) + 1;
}

/** The scenarios that did not fit, without the one that answered: the journal notes beside them what was changed in its answer. */
export function splitMisses({ scenario, place, misses }: Pick<Entry, "scenario" | "place" | "misses">): { misses: Miss[]; notes: string[] } {
  const isAnswerer = (miss: Miss): boolean => miss.scenario === scenario && miss.place === place;
  return { misses: misses.filter((miss) => !isAnswerer(miss)), notes: misses.filter(isAnswerer).flatMap(({ differences }) => differences) };
}

function countScenarios(count: number): string {
  return count === 1 ? "One scenario" : `${formatCount(count)} scenarios`;
}

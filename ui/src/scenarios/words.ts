// A scenario in short words.
import { formatCount } from "../parts/format.ts";
import type { Json, Scenario } from "../types.ts";

/** When a scenario answers: "user: weather, tools: get_weather". */
export function describeWhen(when: Json | undefined): string {
  if (typeof when !== "object" || when === null || Array.isArray(when)) return "any request";
  const parts = Object.entries(when).map(([key, test]) => `${key}: ${brief(test)}`);
  return parts.length ? parts.join(", ") : "any request";
}

function brief(test: Json): string {
  if (Array.isArray(test)) return test.map(brief).join(" or ");
  if (typeof test !== "object" || test === null) return String(test);
  const parts = Object.entries(test).map(([key, value]) => `${key} ${brief(value)}`);
  return parts.join(" and ");
}

/** How many of its answers were given: "2 of 3", "3×" (also where answers come again), "not used". */
export function describeUse({ used, answers }: Pick<Scenario, "used" | "answers">): string {
  if (typeof answers === "number" && answers > 1 && used <= answers) return `${used} of ${answers}`;
  return used ? `${used}×` : "not used";
}

/** Whose it is. */
export function describeScope({ scope, session }: Pick<Scenario, "scope" | "session">): string {
  if (scope === "session") return `session ${session ?? ""}`.trim();
  return scope === "server" ? "all sessions" : "file";
}

/** Whether a row has all words of a filter, in its name, place, scope or condition. */
export function fits(row: Scenario, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const text = [row.name, row.place ?? "", describeScope(row), describeWhen(row.when)].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

export function countOf(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

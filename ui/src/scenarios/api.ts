// What the view asks of the control interface.
import { ask, askJson, session as looked } from "../live.ts";
import { link } from "../router.ts";
import { Refused } from "../source.ts";
import type { Entry, Fixtures, Obj, Problem, Scenario, ScenarioText, Session } from "../types.ts";

/** Where scenarios are saved. */
export type Target = { kind: "session"; session: string } | { kind: "server" } | { kind: "file"; file: string };

export interface Saved {
  names: string[];
  /** Such as "session demo". */
  where: string;
  /** What was added, where it was to a session or to all. */
  rows: Pick<Scenario, "name" | "scope" | "session">[];
}

export async function listScenarios(): Promise<Scenario[]> {
  return (await askJson<{ scenarios: Scenario[] }>("scenarios")).scenarios;
}

export function readScenario(name: string, scope: string, session: string | null): Promise<ScenarioText> {
  const about = session ?? looked.value;
  return askJson(`scenarios/${encodeURIComponent(name)}`, { session: about, query: { scope } });
}

export function readSchema(): Promise<Obj> {
  return askJson("schema/scenarios.json", { session: null });
}

/** The folder that may be written; null where the server has none. */
export async function readFixtures(): Promise<Fixtures | null> {
  const fixtures = await orNull(askJson<Fixtures>("fixtures", { session: null }));
  return fixtures?.folder ? fixtures : null;
}

export async function listSessions(): Promise<string[]> {
  const sessions = await orNull(askJson<{ sessions: Session[] }>("sessions", { session: null }));
  return sessions?.sessions.map((each) => each.name) ?? [];
}

export async function readSessionOf(number: number): Promise<string | null> {
  return (await orNull(askJson<Entry>(`requests/${number}`, { session: null })))?.session ?? null;
}

/** The number of the newest request; 0: there is none. */
export async function readNewest(): Promise<number> {
  const { requests } = await askJson<{ requests: { number: number }[] }>("requests", { query: { order: "newest", limit: "1" } });
  return requests[0]?.number ?? 0;
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

export interface Checked {
  problems: Problem[];
  warnings: Problem[];
}

/** What the server says of a text; null where it does not say. Nothing is added. */
export async function check(text: string, target: Target): Promise<Checked | null> {
  if (!text.trim()) return null;
  try {
    const { warnings } = await askJson<{ warnings: Problem[] }>("scenarios", { body: text, ...addTo(target, { check: "true" }) });
    return { problems: [], warnings };
  } catch (error) {
    return error instanceof Refused && error.error.problems ? { problems: error.error.problems, warnings: [] } : null;
  }
}

function addTo(target: Target, query: Record<string, string> = {}): { session: string | null; query: Record<string, string> } {
  if (target.kind === "session") return { session: target.session, query };
  return { session: null, query: { ...query, scope: "server" } };
}

export async function save(text: string, target: Target): Promise<Saved> {
  if (target.kind === "file") {
    const file = target.file.split("/").map(encodeURIComponent).join("/");
    const answer = await askJson<{ file: string; added: string[]; replaced: string[] }>(`fixtures/${file}`, { method: "PUT", body: text, session: null });
    return { names: [...answer.added, ...answer.replaced], where: answer.file, rows: [] };
  }
  const { added } = await askJson<{ added: Saved["rows"] }>("scenarios", { body: text, ...addTo(target) });
  const where = target.kind === "server" ? "all sessions" : `session ${target.session}`;
  return { names: added.map((each) => each.name), where, rows: added };
}

export async function remove({ name, scope, session }: Pick<Scenario, "name" | "scope" | "session">): Promise<void> {
  const query = scope === "server" ? { query: { scope } } : {};
  await ask(`scenarios/${encodeURIComponent(name)}`, { method: "DELETE", session: scope === "server" ? null : session, ...query });
}

/** Where a request can be sent that this scenario may answer. */
export function linkTry(from: number | null): string {
  return from === null ? link("try") : `${link("try")}?from=${from}`;
}

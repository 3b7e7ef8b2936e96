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
  /** What the list shows of it from now on. */
  rows: Pick<Scenario, "name" | "scope" | "session">[];
  /** The entity tag of the file, where it was to one. */
  tag: string | null;
}

export async function listScenarios(): Promise<Scenario[]> {
  return (await askJson<{ scenarios: Scenario[] }>("scenarios")).scenarios;
}

/** A scenario with its words, and the entity tag of its file if that may be written. */
export async function readScenario(
  name: string,
  scope: string | null,
  session: string | null,
): Promise<[ScenarioText, string | null]> {
  const about = session ?? looked.value;
  const response = await ask(`scenarios/${encodeURIComponent(name)}`, {
    session: about,
    query: scope === null ? {} : { scope },
  });
  return [await response.json(), response.headers.get("etag")];
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

export function readEntry(number: number): Promise<Entry | null> {
  return orNull(askJson<Entry>(`requests/${number}`, { session: null }));
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
  if (!text.trim()) return { problems: [], warnings: [] };
  try {
    const { warnings } = await askJson<{ warnings: Problem[] }>("scenarios", {
      body: text,
      ...addTo(target, { check: "true" }),
    });
    return { problems: [], warnings };
  } catch (error) {
    return error instanceof Refused && error.error.problems ? { problems: error.error.problems, warnings: [] } : null;
  }
}

function addTo(
  target: Target,
  query: Record<string, string> = {},
): { session: string | null; query: Record<string, string> } {
  if (target.kind === "session") return { session: target.session, query };
  return { session: null, query: { ...query, scope: "server" } };
}

/** `tag`: the entity tag of the file as it was read; one that has changed since is not written. */
export async function save(text: string, target: Target, tag: string | null): Promise<Saved> {
  if (target.kind === "file") return saveToFile(text, target.file, tag);
  const { added } = await askJson<{ added: Saved["rows"] }>("scenarios", { body: text, ...addTo(target) });
  const where = target.kind === "server" ? "all sessions" : `session ${target.session}`;
  return { names: added.map((each) => each.name), where, rows: added, tag: null };
}

async function saveToFile(text: string, name: string, tag: string | null): Promise<Saved> {
  const path = `fixtures/${name.split("/").map(encodeURIComponent).join("/")}`;
  const headers = tag === null ? {} : { "if-match": tag };
  const response = await ask(path, { method: "PUT", body: text, session: null, headers });
  const { file, added, replaced, loaded } = (await response.json()) as FileSaved;
  const where = loaded ? file : `${file}, which this server does not serve`;
  const names = [...added, ...replaced];
  const rows = loaded ? names.map((each) => ({ name: each, scope: "file" as const, session: null })) : [];
  return { names, where, rows, tag: response.headers.get("etag") };
}

interface FileSaved {
  file: string;
  added: string[];
  replaced: string[];
  loaded: boolean;
}

export async function remove({ name, scope, session }: Pick<Scenario, "name" | "scope" | "session">): Promise<void> {
  const query = scope === "server" ? { query: { scope } } : {};
  await ask(`scenarios/${encodeURIComponent(name)}`, {
    method: "DELETE",
    session: scope === "server" ? null : session,
    ...query,
  });
}

/** Where a request can be sent that this scenario may answer. */
export function linkTry(from: number | null): string {
  return from === null ? link("try") : `${link("try")}?from=${from}`;
}

// What the view shows, as it stands in the address; one key for each text that is edited.
import { link, type Place } from "../router.ts";
import type { Scenario } from "../types.ts";

export type Shown =
  | { kind: "none" }
  | { kind: "new" }
  /** The draft that answers a request. */
  | { kind: "from"; number: number }
  /** Without a scope: the first one of that name, in the order they are tried. */
  | { kind: "one"; name: string; scope: Scenario["scope"] | null; session: string | null };

const SCOPES = ["session", "server", "file"] as const;
export const NEW = `${link("scenarios")}?new=true`;

export function readShown({ path, query }: Place): Shown {
  const number = Number(query.get("from") ?? 0);
  if (path[0] !== "scenarios") return { kind: "none" };
  if (path[1] !== undefined) {
    const scope = SCOPES.find((each) => each === query.get("scope")) ?? null;
    return { kind: "one", name: path.slice(1).join("/"), scope, session: query.get("session") };
  }
  if (Number.isInteger(number) && number > 0) return { kind: "from", number };
  return { kind: query.get("new") === "true" ? "new" : "none" };
}

interface Named {
  name: string;
  scope: Scenario["scope"] | null;
  session: string | null;
}

export function linkTo({ name, scope, session }: Named): string {
  const query = new URLSearchParams({ ...(scope && { scope }), ...(session !== null && { session }) }).toString();
  return link("scenarios", name) + (query && `?${query}`);
}

export function linkShown(shown: Shown): string {
  if (shown.kind === "one") return linkTo(shown);
  if (shown.kind === "from") return `${link("scenarios")}?from=${shown.number}`;
  return shown.kind === "new" ? NEW : link("scenarios");
}

export function keyOf(row: Pick<Scenario, "name" | "scope" | "session">): string {
  return linkTo(row);
}

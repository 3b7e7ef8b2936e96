// Opens what the address names, to be edited.
import { readDraft, session as looked } from "../live.ts";
import { isKeyLabel } from "../try/send.ts";
import type { Entry, ScenarioText } from "../types.ts";
import { linkShown, linkTo, type Shown } from "./addresses.ts";
import { readEntry, readScenario, type Target } from "./api.ts";
import { findDraft, isEdited, putDraft, type Draft } from "./drafts.ts";

const TEMPLATE = `scenarios:
  - name: my-scenario
    when: {user: hello}
    reply: Hello yourself.
`;

const DEFAULT_SESSION = "demo";

/** Read it anew, unless there is text in it that was not saved. */
export async function open(shown: Shown): Promise<void> {
  const key = linkShown(shown);
  if (shown.kind === "none" || isKept(findDraft(key))) return;
  try {
    const draft = await read(shown);
    if (shown.kind === "one" && shown.scope === null && draft.scenario) return location.replace(linkTo(draft.scenario));
    // Somebody may have begun to write in the meantime.
    if (!isEdited(findDraft(key))) putDraft({ ...draft, key, saved: draft.text, failure: null });
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    putDraft({ key, text: "", saved: "", scenario: null, tag: null, from: null, again: null, target: { kind: "server" }, failure });
  }
}

/** What was not saved; and what answers a request, which was written for it and has no other address. */
function isKept(draft: Draft | undefined): boolean {
  return draft !== undefined && (isEdited(draft) || (draft.from !== null && draft.failure === null));
}

async function read(shown: Shown): Promise<Pick<Draft, "text" | "scenario" | "tag" | "from" | "again" | "target">> {
  const fresh = { scenario: null, tag: null, from: null, again: null };
  if (shown.kind === "from") {
    const [text, entry] = await Promise.all([readDraft(shown.number), readEntry(shown.number)]);
    const again = entry?.method === "POST" ? shown.number : null;
    return { ...fresh, text, from: shown.number, again, target: toRequest(entry) };
  }
  if (shown.kind === "one") {
    const [scenario, tag] = await readScenario(shown.name, shown.scope, shown.session);
    return { ...fresh, text: scenario.yaml, scenario, tag, target: chooseTarget(scenario) };
  }
  return { ...fresh, text: TEMPLATE, target: toSession(null) };
}

/** To where it answers the request, also when that is sent again: by a session's key only its client can. A scenario
 * of that session goes before those for all. */
export function toRequest(entry: Pick<Entry, "session" | "place"> | null): Target {
  const isOwn = /^added-\d+:/.test(entry?.place ?? "");
  return entry && isKeyLabel(entry.session) && !isOwn ? { kind: "server" } : toSession(entry?.session ?? null);
}

function toSession(session: string | null): Target {
  return { kind: "session", session: session ?? looked.value ?? DEFAULT_SESSION };
}

/** Where it is from; what stands in a file that is not to be written goes in front of it, in a session. */
function chooseTarget({ scope, session, file }: ScenarioText): Target {
  if (scope === "server") return { kind: "server" };
  if (scope === "file" && file !== null) return { kind: "file", file };
  return toSession(session);
}

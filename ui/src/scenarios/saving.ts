// Saving, deleting and checking what is edited.
import { go, place } from "../router.ts";
import { Refused } from "../source.ts";
import { linkTo, readShown } from "./addresses.ts";
import { check, remove, save, type Checked, type Saved, type Target } from "./api.ts";
import { changeDraft, dropDraft, findDraft, type Draft } from "./drafts.ts";
import { open } from "./opening.ts";
import { notice, prepare, refresh } from "./state.ts";

function tell(key: string, message: string, isMistake = false, again: number | null = null): void {
  notice.value = { key, message, isMistake, again };
}

/** Why a draft cannot be saved where it should go; null: it can. */
export function findObstacle({ text, target }: Draft): string | null {
  if (!text.trim()) return "There is nothing to save.";
  if (target.kind === "session" && !target.session.trim()) return "Name the session to save to.";
  if (target.kind === "file" && !target.file.trim()) return "Name the file to save to.";
  // Browsers leave such parts out of an address.
  return target.kind === "file" && /(^|\/)\.{1,2}(\/|$)/.test(target.file) ? "Name a file in the folder." : null;
}

export async function saveDraft(key: string): Promise<void> {
  const draft = findDraft(key);
  if (!draft) return;
  const { text, target } = draft;
  const obstacle = findObstacle(draft);
  if (obstacle !== null) return tell(key, obstacle, true);
  try {
    const isOwnFile = target.kind === "file" && target.file === draft.scenario?.file;
    const saved = await save(text, target, isOwnFile ? draft.tag : null);
    changeDraft(key, { saved: text, ...(isOwnFile ? { tag: saved.tag } : {}) });
    const shown = settle(draft, saved);
    tell(shown, describeSaved(draft, saved), false, draft.again);
    if (shown !== key) go(shown);
    await Promise.all([refresh(), prepare()]);
  } catch (error) {
    tell(key, describeRefusal(error, target), true);
  }
}

/** Mistakes are listed below the text, but for those that come with a file; one that was changed can be read anew. */
export function describeRefusal(error: unknown, { kind }: Target): string {
  if (error instanceof Refused && error.error.problems && kind !== "file") return "Not saved: mistakes are left in it.";
  const hint = error instanceof Refused && error.status === 412 ? " Copy your text and discard it: what is there is read anew." : "";
  return `Not saved: ${error instanceof Error ? error.message : String(error)}${hint}`;
}

/** The key under which it is edited from now on: a new one has a name now, one of a file may stand in front of it. */
function settle(draft: Draft, { rows }: Saved): string {
  const row = rows.find((each) => each.name === draft.scenario?.name) ?? rows[0];
  if (draft.from !== null || !row) return draft.key;
  const to = linkTo(row);
  if (to !== draft.key) dropDraft(draft.key);
  return to;
}

export function describeSaved(
  { scenario, target }: Pick<Draft, "scenario" | "target">,
  { names, where }: Saved,
): string {
  const list = names.join(", ");
  const more = scenario && !names.includes(scenario.name) ? ` ${scenario.name} is as it was.` : "";
  if (target.kind === "file") return `Saved ${list} to ${where}.${more}`;
  const isCopy = scenario?.scope === "file" && names.includes(scenario.name);
  return isCopy
    ? `Saved ${list} to ${where}: it answers in front of the one in ${scenario.place ?? "the file"}, which is as it was.`
    : `Saved ${list} to ${where}: it is tried before ${target.kind === "server" ? "those of files" : "the others"}.${more}`;
}

export async function deleteDraft({ key, scenario }: Draft): Promise<void> {
  if (!scenario) return;
  try {
    await remove(scenario);
    dropDraft(key);
    await refresh();
    go("#/scenarios");
  } catch (error) {
    tell(key, error instanceof Error ? error.message : String(error), true);
  }
}

/** The text becomes what it was; of a scenario that is there, what it is now, which others may have changed. */
export async function discard({ key, saved, scenario }: Draft): Promise<void> {
  changeDraft(key, { text: saved });
  notice.value = null;
  if (scenario) await open(readShown(place.value));
}

/** Whether a draft is worth saving: it was changed, or it is new. */
export function canSave(draft: Draft): boolean {
  return draft.failure === null && (draft.text !== draft.saved || draft.scenario === null || isElsewhere(draft));
}

/** Whether it goes to another place than it is from. */
export function isElsewhere({ scenario, target }: Draft): boolean {
  if (!scenario) return true;
  if (target.kind !== scenario.scope) return true;
  if (target.kind === "session") return target.session !== scenario.session;
  return target.kind === "file" && target.file !== scenario.file;
}

/** Check a text when nothing was written for a while; the answer is for this text alone. */
export function checkSoon(draft: Draft, onChecked: (checked: Checked) => void): () => void {
  let isStale = false;
  const timer = setTimeout(async () => {
    const checked = await check(draft.text, draft.target).catch(() => null);
    if (checked && !isStale) onChecked(checked);
  }, 350);
  return () => {
    isStale = true;
    clearTimeout(timer);
  };
}

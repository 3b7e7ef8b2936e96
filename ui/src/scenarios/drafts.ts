// Texts that are edited. They are kept while the page is open, wherever one goes; nothing unsaved is replaced.
import { computed, effect, signal } from "@preact/signals";
import type { ScenarioText } from "../types.ts";
import type { Target } from "./api.ts";

export interface Draft {
  /** The address where it is edited. */
  key: string;
  text: string;
  /** As it was read or saved. */
  saved: string;
  /** What is edited; null: it is new. */
  scenario: ScenarioText | null;
  /** The entity tag of its file as it was read, if that may be written. */
  tag: string | null;
  /** The request that it answers. */
  from: number | null;
  /** The same, where the page can send it again: it sends by POST alone. */
  again: number | null;
  target: Target;
  /** Why there is nothing to edit. */
  failure: string | null;
}

const drafts = signal<ReadonlyMap<string, Draft>>(new Map());

export function findDraft(key: string): Draft | undefined {
  return drafts.value.get(key);
}

export function putDraft(draft: Draft): void {
  drafts.value = new Map(drafts.peek()).set(draft.key, draft);
}

/** Change a draft that is there. */
export function changeDraft(key: string, change: Partial<Draft>): void {
  const draft = drafts.peek().get(key);
  if (draft) putDraft({ ...draft, ...change });
}

export function dropDraft(key: string): void {
  const left = new Map(drafts.peek());
  left.delete(key);
  drafts.value = left;
}

export function isEdited(draft: Draft | undefined): boolean {
  return draft !== undefined && draft.text !== draft.saved;
}

/** The keys of those that have not been saved. */
export const edited = computed(() => new Set([...drafts.value.values()].filter(isEdited).map((each) => each.key)));

/** A closed page forgets them: the browser asks first. */
function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

effect(() => {
  if (edited.value.size) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
});

// Single keys as shortcuts. They can be switched off, since programs that are spoken to send such keys by mistake.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { readStored, writeStored } from "./stored.ts";

export const usesKeys = signal(readStored("keys") !== "off");

export function setUsesKeys(isOn: boolean): void {
  usesKeys.value = isOn;
  writeStored("keys", isOn ? "on" : "off");
}

/** What a key does; false: nothing, so the browser does with it what it does else. */
export type Actions = Record<string, () => unknown>;

/** Listen for keys as long as the component is shown. */
export function useKeys(actions: Actions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const action = latest.current[event.key];
      if (!action || event.defaultPrevented || !isFree(event)) return;
      if (action() !== false) event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

const TYPED = "input, textarea, select, [contenteditable], .cm-editor, dialog";

/** Whether the key is meant for the page: nobody is typing, no dialog is open, no other key is held. */
function isFree(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return false;
  if (isTypedIn(event.target)) return false;
  return usesKeys.value || event.key.length > 1;
}

/** Whether somebody types there, or answers a dialog. */
export function isTypedIn(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPED) !== null;
}

// Light or dark: as the system says, unless the reader chose.
import { signal } from "@preact/signals";
import { readStored, writeStored } from "./stored.ts";

export type Theme = "auto" | "light" | "dark";

const ORDER: readonly Theme[] = ["auto", "light", "dark"];

export const theme = signal<Theme>(read());

function read(): Theme {
  const stored = readStored("theme");
  return ORDER.find((each) => each === stored) ?? "auto";
}

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme.value;
}

export function nextTheme(): void {
  theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? "auto";
  writeStored("theme", theme.value);
  applyTheme();
}

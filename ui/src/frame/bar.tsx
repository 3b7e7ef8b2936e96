// The bar on top of all views.
import { useSignal, type ReadonlySignal } from "@preact/signals";
import type { ComponentType, JSX } from "preact";
import { Icon } from "../parts/icon.tsx";
import { useKeys } from "./keys.ts";
import { KeysDialog } from "./help.tsx";
import { nextTheme, theme } from "./theme.ts";

export interface Tab {
  name: string;
  title: string;
  href: string | ReadonlySignal<string>;
}

interface Props {
  title: string;
  /** What is to be said of a report. */
  note?: string | undefined;
  tabs: Tab[];
  shown: string;
  /** What a running server has besides. */
  tools?: ComponentType | undefined;
}

export function Bar({ title, note, tabs, shown, tools: Tools }: Props): JSX.Element {
  const showsKeys = useSignal(false);
  useKeys({ "?": () => (showsKeys.value = true) });
  return (
    <header class="bar">
      <h1 class="bar-title"><Brand />{title}</h1>
      {note && <p class="bar-note">{note}</p>}
      {tabs.length > 1 && (
        <nav class="bar-nav" aria-label="Views">
          {tabs.map(({ name, title, href }) => (
            <a href={href} aria-current={shown === name ? "page" : undefined} key={name}>
              {title}
            </a>
          ))}
        </nav>
      )}
      <div class="bar-tools">
        {Tools && <Tools />}
        <ThemeButton />
        <button type="button" class="icon-button" aria-label="Keys" title="Keys (?)" onClick={() => (showsKeys.value = true)}>
          <span aria-hidden="true">?</span>
        </button>
      </div>
      {showsKeys.value && <KeysDialog isLive={Tools !== undefined} onClose={() => (showsKeys.value = false)} />}
    </header>
  );
}

/** As in index.html. */
function Brand(): JSX.Element {
  return (
    <svg class="brand" viewBox="0 0 16 16" aria-hidden="true">
      <path fill="currentColor" fill-rule="evenodd" d="M4 0h8a4 4 0 0 1 4 4v8a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4zM3.5 4v6.2h2.3v2.4l2.8-2.4h3.9V4z" />
    </svg>
  );
}

const ICONS = { auto: "auto", light: "sun", dark: "moon" } as const;

function ThemeButton(): JSX.Element {
  const label = `Theme: ${theme.value === "auto" ? "as the system" : theme.value}`;
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={nextTheme}>
      <Icon name={ICONS[theme.value]} />
    </button>
  );
}

// Tabs, of which one is shown. Arrow keys, Home and End go from one to the next.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface Tab {
  name: string;
  title: string;
  /** How many things are in it. */
  count?: number;
}

interface Props {
  tabs: Tab[];
  shown: string;
  onChoose: (name: string) => void;
  label?: string;
  /** The id of the panel that they fill. */
  panel?: string;
}

export const PANEL = "request-panel";

export function Tabs({ tabs, shown, onChoose, label = "Views of the request", panel = PANEL }: Props): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>("[aria-selected=true]");
    // In a narrow window not all have room.
    if (tab && list.current) list.current.scrollLeft = tab.offsetLeft + tab.offsetWidth - list.current.clientWidth;
  }, [shown]);
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex((tab) => tab.name === shown);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const index = (to + tabs.length) % tabs.length;
    onChoose(tabs[index]?.name ?? shown);
    (list.current?.children[index] as HTMLElement | undefined)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
      {tabs.map(({ name, title, count }) => (
        <button
          key={name}
          type="button"
          role="tab"
          class="tab"
          id={`tab-${name}`}
          aria-selected={name === shown}
          aria-controls={panel}
          tabIndex={name === shown ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {title}{" "}
          {count !== undefined && count > 0 && <span class="tab-count">{count}</span>}
        </button>
      ))}
    </div>
  );
}

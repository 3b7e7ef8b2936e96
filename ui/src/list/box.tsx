// Where the filter is typed, with suggestions below it.
import { useComputed, useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { formatCount } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { makeVisible } from "../parts/text.ts";
import { rows, version } from "./journal.ts";
import { filter, mistake, setFilter, shown } from "./shown.ts";
import { suggest, type Suggestion } from "./suggest.ts";

interface Props {
  input: RefObject<HTMLInputElement | null>;
  /** ArrowDown without suggestions leads to the list. */
  onLeave: () => void;
}

export function FilterBox({ input, onLeave }: Props): JSX.Element {
  const id = useId();
  const isOpen = useSignal(false);
  const chosen = useSignal(-1);
  const caret = useSignal(0);
  const found = useComputed(() => {
    version.value;
    return isOpen.value ? suggest(filter.value, caret.value, rows.all) : [];
  });
  const take = ({ text, caret: to }: Suggestion): void => {
    setFilter(text);
    caret.value = to;
    chosen.value = -1;
    // It goes on with the values of a key that was taken.
    isOpen.value = text.slice(0, to).endsWith(":");
    queueMicrotask(() => {
      input.current?.focus();
      input.current?.setSelectionRange(to, to);
    });
  };
  const change = (event: { currentTarget: HTMLInputElement }): void => {
    setFilter(event.currentTarget.value);
    caret.value = event.currentTarget.selectionStart ?? 0;
    chosen.value = -1;
    isOpen.value = true;
  };
  const press = (event: KeyboardEvent): void => {
    if (pressKey(event.key, { isOpen, chosen, found: found.value, take, onLeave })) event.preventDefault();
  };
  const list = found.value;
  return (
    <div class="filter" role="search">
      <Icon name="search" />
      <input
        ref={input}
        class="filter-input"
        type="text"
        role="combobox"
        spellcheck={false}
        autocomplete="off"
        aria-label="Filter the requests"
        aria-expanded={list.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={list[chosen.value] ? `${id}-${chosen.value}` : undefined}
        aria-invalid={mistake.value !== null}
        aria-describedby={mistake.value ? `${id}-mistake` : undefined}
        placeholder="Filter: words, status:4xx, is:refused …"
        value={filter.value}
        onInput={change}
        onKeyDown={press}
        onClick={() => (isOpen.value = true)}
        onBlur={() => (isOpen.value = false)}
      />
      {filter.value && (
        <button type="button" class="icon-button" aria-label="Clear the filter" onClick={() => (setFilter(""), input.current?.focus())}>
          <Icon name="close" />
        </button>
      )}
      <Passing />
      {mistake.value && <p class="filter-mistake" id={`${id}-mistake`}>{mistake.value}</p>}
      <ul class="filter-list" role="listbox" id={`${id}-list`} aria-label="Suggestions" hidden={!list.length}>
        {list.map((each, index) => (
          <Option each={each} id={`${id}-${index}`} isChosen={index === chosen.value} onTake={take} key={each.label} />
        ))}
      </ul>
    </div>
  );
}

const CALM_MS = 700;

/** Tells those who do not see the list how many requests pass, once nothing is typed; not again when others come. */
function Passing(): JSX.Element {
  const told = useSignal("");
  const wanted = filter.value;
  useEffect(() => {
    const timer = setTimeout(() => (told.value = wanted && `Requests that pass: ${formatCount(shown.peek().length)}`), CALM_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  return <p class="visually-hidden" role="status">{told.value}</p>;
}

interface OptionProps {
  each: Suggestion;
  id: string;
  isChosen: boolean;
  onTake: (suggestion: Suggestion) => void;
}

function Option({ each, id, isChosen, onTake }: OptionProps): JSX.Element {
  const ref = useRef<HTMLLIElement>(null);
  // The input keeps the focus: so a press of the mouse is taken before it would go.
  const press = (event: MouseEvent): void => {
    event.preventDefault();
    onTake(each);
  };
  return (
    <li ref={ref} id={id} role="option" aria-selected={isChosen} onMouseDown={press}>
      <span>{makeVisible(each.label)}</span>
      <span class="dim">{each.hint}</span>
    </li>
  );
}

interface Keys {
  isOpen: { value: boolean };
  chosen: { value: number };
  found: readonly Suggestion[];
  take: (suggestion: Suggestion) => void;
  onLeave: () => void;
}

/** What a key does in the filter. Returns whether it did something. */
function pressKey(key: string, { isOpen, chosen, found, take, onLeave }: Keys): boolean {
  const suggestion = found[chosen.value];
  if (key === "ArrowDown" || key === "ArrowUp") {
    if (!found.length) {
      if (key === "ArrowDown") onLeave();
      return true;
    }
    chosen.value = Math.max(-1, Math.min(found.length - 1, chosen.value + (key === "ArrowDown" ? 1 : -1)));
    return true;
  }
  if (key === "Enter") {
    if (suggestion) take(suggestion);
    isOpen.value = suggestion !== undefined && isOpen.value;
    return true;
  }
  if (key !== "Escape") return false;
  if (found.length) isOpen.value = false;
  else if (filter.value) setFilter("");
  else onLeave();
  return true;
}

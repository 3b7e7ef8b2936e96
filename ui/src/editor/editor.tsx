// A text editor for YAML and JSON. The code that makes it is loaded when it is first shown.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { isTypedIn } from "../frame/keys.ts";
import type { Obj, Problem } from "../types.ts";
import type { Listed } from "./assisting.ts";
import type { Editor, Settings } from "./codemirror.ts";

export interface EditorProps {
  /** What is edited. Another value than the last one reported replaces the text. */
  text: string;
  language: "yaml" | "json";
  /** What is being edited, for readers of screens. */
  label: string;
  /** The JSON Schema by which it completes and explains. */
  schema?: Obj;
  /** Mistakes that the server found in the text as it is; until it has, those of the text before stay. */
  problems?: Problem[];
  /** What else the server says of it. */
  warnings?: Problem[];
  isReadOnly?: boolean;
  /** What has the focus when the editor is first shown: the text of the answer, selected, or the beginning; as a rule
   * nothing. */
  startsAt?: "answer" | "beginning" | null;
  onChange?: (text: string) => void;
  /** Ctrl+Enter, or Cmd+Enter. */
  onSubmit?: () => void;
  /** Ctrl+S, or Cmd+S. */
  onSave?: () => void;
}

export function CodeEditor(props: EditorProps): JSX.Element {
  const parent = useRef<HTMLDivElement>(null);
  const listed = useSignal<Listed[]>([]);
  const hasFailed = useSignal(false);
  const hint = useId();
  const editor = useEditor(parent, props, hint, listed, hasFailed);
  return (
    <div class="editor">
      {hasFailed.value ? <Plain {...props} /> : <div class="editor-text" ref={parent} />}
      <p id={hint} class="editor-hint">
        Tab indents; <kbd>Esc</kbd>, then <kbd>Tab</kbd> leaves.
        {props.schema && (
          <>
            {" "}
            <kbd>Ctrl</kbd> <kbd>Space</kbd> completes.
          </>
        )}
      </p>
      <Mistakes listed={listed.value} onSelect={(from) => editor.current?.select(from, from)} />
    </div>
  );
}

type Ref<T> = { current: T };
type Signal<T> = { value: T };

/** Make the editor once its code is there, and tell it what changes. */
function useEditor(
  parent: Ref<HTMLElement | null>,
  props: EditorProps,
  hint: string,
  listed: Signal<Listed[]>,
  hasFailed: Signal<boolean>,
): Ref<Editor | null> {
  const editor = useRef<Editor | null>(null);
  const isThere = useSignal(false);
  const now = useRef(props);
  now.current = props;
  useEffect(() => {
    let isGone = false;
    const make = async (): Promise<void> => {
      const { makeEditor } = await import("./codemirror.ts");
      if (isGone || !parent.current) return;
      editor.current = makeEditor(makeSettings(parent.current, now, hint, listed));
      isThere.value = true;
    };
    make().catch(() => (hasFailed.value = true));
    return () => {
      isGone = true;
      editor.current?.destroy();
      editor.current = null;
    };
  }, [props.language, props.label, props.isReadOnly]);
  const { text, schema, problems, warnings } = props;
  // At once: an effect that comes later might bring back what was there before the last key.
  useLayoutEffect(() => editor.current?.setText(text), [text, isThere.value]);
  // At once, too: the hint promises what it is needed for.
  useLayoutEffect(() => editor.current?.setSchema(schema), [schema, isThere.value]);
  useEffect(() => {
    if (problems) editor.current?.judge({ problems, warnings: warnings ?? [] });
  }, [problems, warnings, isThere.value]);
  return editor;
}

function makeSettings(
  parent: HTMLElement,
  now: Ref<EditorProps>,
  describedBy: string,
  listed: Signal<Listed[]>,
): Settings {
  const { text, language, label, isReadOnly = false, startsAt = null } = now.current;
  return {
    ...{ parent, text, language, label, describedBy, isReadOnly },
    // The code of the editor may come late: who types somewhere by then goes on there.
    startsAt: isTypedIn(document.activeElement) ? null : startsAt,
    onChange: (to) => now.current.onChange?.(to),
    onSubmit: () => call(now.current.onSubmit),
    onSave: () => call(now.current.onSave),
    onMistakes: (found) => (listed.value = found),
  };
}

function call(handler: (() => void) | undefined): boolean {
  handler?.();
  return handler !== undefined;
}

/** Where the code of the editor cannot be loaded, text can still be written. */
function Plain({ text, label, isReadOnly, onChange }: EditorProps): JSX.Element {
  return (
    <textarea
      class="editor-text editor-plain"
      aria-label={label}
      readOnly={isReadOnly}
      value={text}
      onInput={(event) => onChange?.(event.currentTarget.value)}
    />
  );
}

const SHOWN = 20;

function Mistakes({ listed, onSelect }: { listed: Listed[]; onSelect: (from: number) => void }): JSX.Element {
  return (
    <div class="editor-mistakes" role="status" aria-label="Mistakes">
      {listed.length > 0 && (
        <ul>
          {listed.slice(0, SHOWN).map(({ line, from, message, severity }) => (
            <li key={`${from} ${message}`} class={`editor-mistake editor-${severity}`}>
              <button type="button" onClick={() => onSelect(from)}>
                Line {line}
              </button>{" "}
              <span>{message}</span>
            </li>
          ))}
          {listed.length > SHOWN && <li class="editor-mistake">{listed.length - SHOWN} more</li>}
        </ul>
      )}
    </div>
  );
}

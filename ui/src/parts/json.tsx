// A JSON value to be read: a tree of which only what is open stands in the page.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Json } from "../types.ts";
import { formatCount } from "./format.ts";
import { escapeJson } from "./text.ts";
import { isObject, listChildren, planOpen, resolve, SHOWN } from "./values.ts";

const OPEN = 400;
// Deeper lines stand where these do, so that there is room for them.
const DEEPEST = 24;
const OPEN_ALL = 4000;
const LETTERS = 600;
const STEP = 100_000;

interface Props {
  value: Json;
  /** The path of a value to be shown and marked: "messages.1.content.0.text". */
  at?: string | null;
  /** How many lines are open at first. */
  budget?: number;
  hasTools?: boolean;
}

export function JsonView({ value, at = null, budget = OPEN, hasTools = false }: Props): JSX.Element {
  const most = useSignal(budget);
  // Planned once: a value that is fetched again keeps what the reader opened.
  const open = useMemo(() => planOpen(value, most.value, at), [most.value, at]);
  const marked = at === null ? null : resolve(value, at);
  return (
    <div class="json">
      {hasTools && typeof value === "object" && (
        <div class="json-tools">
          <button type="button" class="more" onClick={() => (most.value = OPEN_ALL)}>Open all</button>
          <button type="button" class="more" onClick={() => (most.value = 0)}>Close all</button>
        </div>
      )}
      <ul class="json-list" key={`${most.value} ${at}`}>
        <Node value={value} path="" depth={0} open={open} marked={marked} />
      </ul>
    </div>
  );
}

interface NodeProps {
  name?: string;
  value: Json;
  path: string;
  depth: number;
  open: ReadonlySet<Json>;
  marked: string | null;
}

function Node(props: NodeProps): JSX.Element {
  const { value, path, marked } = props;
  const line = useRef<HTMLLIElement>(null);
  const isMarked = marked !== null && marked !== "" && marked === path;
  useEffect(() => {
    if (isMarked) line.current?.scrollIntoView({ block: "center" });
  }, [isMarked]);
  const isTree = (Array.isArray(value) && value.length > 0) || (isObject(value) && Object.keys(value).length > 0);
  return (
    <li class={isMarked ? "json-line json-marked" : "json-line"} ref={line}>
      {isTree ? <Branch {...props} /> : <><Key {...props} /><Scalar value={value} /></>}
    </li>
  );
}

function Key({ name }: { name?: string }): JSX.Element | null {
  if (name === undefined) return null;
  const text = escapeJson(name.slice(0, 200));
  return <><bdi class="json-key">{/^"[\w-]+"$/.test(text) ? name : text}</bdi>: </>;
}

function Branch({ name, value, path, depth, open, marked }: NodeProps): JSX.Element {
  const isOpen = useSignal(open.has(value));
  const most = useSignal(SHOWN);
  const children = listChildren(value);
  const [begin, end] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const count = `${formatCount(children.length)} ${Array.isArray(value) ? "item" : "key"}${children.length === 1 ? "" : "s"}`;
  const rest = children.length - most.value;
  return (
    <>
      <button type="button" class="json-toggle" aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}>
        <Key {...(name === undefined ? {} : { name })} />
        <span class="json-sign">{isOpen.value ? begin : `${begin}…${end} `}</span>
        {!isOpen.value && <span class="json-count">{count}</span>}
      </button>
      {isOpen.value && (
        <>
          <ul class={depth > DEEPEST ? "json-list json-deep" : "json-list"}>
            {children.slice(0, most.value).map(([key, child]) => (
              <Node
                key={key}
                {...(Array.isArray(value) ? {} : { name: key })}
                value={child}
                path={path === "" ? key : `${path}.${key}`}
                depth={depth + 1}
                open={open}
                marked={marked}
              />
            ))}
          </ul>
          {rest > 0 && (
            <button type="button" class="more" onClick={() => (most.value += SHOWN)}>
              Show {formatCount(Math.min(rest, SHOWN))} more of {count}
            </button>
          )}
          <span class="json-sign">{end}</span>
        </>
      )}
    </>
  );
}

/** A value without parts. */
export function Scalar({ value }: { value: Json }): JSX.Element {
  const most = useSignal(LETTERS);
  if (typeof value !== "string") return <span class="json-plain">{JSON.stringify(value)}</span>;
  const rest = value.length - most.value;
  if (rest <= 40) return <bdi class="json-text">{escapeJson(value)}</bdi>;
  return (
    <>
      <bdi class="json-text">{escapeJson(value.slice(0, most.value)).slice(0, -1)}…"</bdi>
      <button type="button" class="more" onClick={() => (most.value += STEP)}>
        Show {formatCount(Math.min(rest, STEP))} more of {formatCount(value.length)} characters
      </button>
    </>
  );
}

// The columns of the list: which are shown at which width, and what stands in them.
import type { ComponentType, JSX } from "preact";
import { StatusBadge } from "../parts/badge.tsx";
import { formatCost, formatDay, formatDuration, formatShort, formatTime } from "../parts/format.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { makeVisible } from "../parts/text.ts";
import { linkToRequest } from "../router.ts";
import type { Summary } from "../types.ts";
import { describe, findAnswerer, nameAnswerer } from "./reasons.ts";
import { countInput } from "./totals.ts";

export type Width = "narrow" | "medium" | "wide";

export interface CellProps {
  row: Summary;
  /** The number of the request that repeats this one. */
  retriedBy: number | undefined;
  /** Of the links in it: Tab leads to those of one row only. */
  tabIndex: number;
}

export interface Column {
  name: string;
  title: string;
  Cell: ComponentType<CellProps>;
  widths: readonly Width[];
}

const ALL: readonly Width[] = ["narrow", "medium", "wide"];

export const COLUMNS: readonly Column[] = [
  { name: "number", title: "#", Cell: NumberCell, widths: ALL },
  { name: "time", title: "Time", Cell: TimeCell, widths: ALL },
  { name: "session", title: "Session", Cell: SessionCell, widths: ALL },
  { name: "status", title: "Status", Cell: StatusCell, widths: ALL },
  { name: "endpoint", title: "Endpoint", Cell: EndpointCell, widths: ["wide"] },
  { name: "model", title: "Model", Cell: ModelCell, widths: ALL },
  { name: "answer", title: "Answered by", Cell: AnswerCell, widths: ALL },
  { name: "user", title: "User", Cell: UserCell, widths: ALL },
  { name: "input", title: "In", Cell: InputCell, widths: ["medium", "wide"] },
  { name: "output", title: "Out", Cell: OutputCell, widths: ["medium", "wide"] },
  { name: "cached", title: "Cached", Cell: CachedCell, widths: ["wide"] },
  { name: "tokens", title: "Tokens", Cell: TokensCell, widths: ["narrow"] },
  { name: "cost", title: "Cost", Cell: CostCell, widths: ["medium", "wide"] },
  { name: "total", title: "Took", Cell: TotalCell, widths: ALL },
];

export function listColumns(width: Width, showsSession: boolean): readonly Column[] {
  return COLUMNS.filter(({ name, widths }) => widths.includes(width) && (showsSession || name !== "session"));
}

function NumberCell({ row, tabIndex }: CellProps): JSX.Element {
  const label = makeVisible(`Request ${row.number}: ${row.method} ${row.path}, ${row.status}, ${nameAnswerer(row)}`);
  return (
    <a href={linkToRequest(row.number)} class="row-link" tabIndex={tabIndex} aria-label={label} data-row={row.number}>
      {row.number}
    </a>
  );
}

function TimeCell({ row }: CellProps): JSX.Element {
  return <time title={`${formatDay(row.at)} ${formatTime(row.at)}`}>{formatTime(row.at).slice(0, 8)}</time>;
}

function SessionCell({ row }: CellProps): JSX.Element {
  const name = makeVisible(row.session);
  return <span title={name}>{name}</span>;
}

function StatusCell({ row }: CellProps): JSX.Element {
  return <StatusBadge status={row.status} />;
}

function EndpointCell({ row }: CellProps): JSX.Element {
  return <span title={makeVisible(`${row.method} ${row.path}`)}>{row.endpoint.replace(/^messages\//, "")}</span>;
}

function ModelCell({ row }: CellProps): JSX.Element | null {
  if (row.model === null) return null;
  return <span title={makeVisible(`${row.model} – ${row.method} ${row.path}`)}>{makeVisible(row.model)}</span>;
}

function AnswerCell({ row, retriedBy, tabIndex }: CellProps): JSX.Element {
  const answerer = findAnswerer(row);
  return (
    <>
      <span class={`answerer answerer-${answerer}`} title={row.reason ?? row.position ?? undefined}>
        {makeVisible(nameAnswerer(row))}
      </span>
      {row.faults.map((fault) => (
        <Trouble icon="bolt" text={fault} title={`Fault: ${fault}`} key={fault} />
      ))}
      {row.hung_up && <Trouble icon="close" text="client left" title="The client went away before the answer had left" />}
      {row.retry_of !== null && <RetryLink number={row.retry_of} word="of" says="Retry" tabIndex={tabIndex} />}
      {retriedBy !== undefined && <RetryLink number={retriedBy} word="by" says="Retried" tabIndex={tabIndex} />}
    </>
  );
}

/** Its text is shown where the whole of it has room. */
function Trouble({ icon, text, title }: { icon: IconName; text: string; title: string }): JSX.Element {
  return (
    <span class="row-trouble" title={title}>
      <Icon name={icon} />
      <span>{text}</span>
    </span>
  );
}

interface RetryProps {
  number: number;
  word: string;
  says: string;
  tabIndex: number;
}

function RetryLink({ number, word, says, tabIndex }: RetryProps): JSX.Element {
  const title = `${says} ${word} ${number}`;
  return (
    <a class="row-retry" href={linkToRequest(number)} tabIndex={tabIndex} title={title} aria-label={title}>
      <Icon name="retry" />
      {word} {number}
    </a>
  );
}

function UserCell({ row }: CellProps): JSX.Element {
  const tools = makeVisible(row.tools.join(", "));
  const text = makeVisible(describe(row));
  return (
    <>
      <span class="row-user" title={text}>
        {text}
      </span>
      {tools && (
        <span class="row-called" title={`The answer calls ${tools}`}>
          → {tools}
        </span>
      )}
    </>
  );
}

/** What is counted of tokens, in the words of the API's usage. */
function explain({ tokens }: Summary): string | undefined {
  if (!tokens) return undefined;
  const parts = [`${tokens.input} input`, `${tokens.cache_creation_input} written to the cache`];
  return [...parts, `${tokens.cache_read_input} read from it`, `${tokens.output} output`].join(", ");
}

function InputCell({ row }: CellProps): JSX.Element {
  return <span title={explain(row)}>{row.tokens ? formatShort(countInput(row)) : ""}</span>;
}

function OutputCell({ row }: CellProps): JSX.Element {
  return <span title={explain(row)}>{row.tokens ? formatShort(row.tokens.output) : ""}</span>;
}

function CachedCell({ row }: CellProps): JSX.Element {
  return <span title={explain(row)}>{row.tokens?.cache_read_input ? formatShort(row.tokens.cache_read_input) : ""}</span>;
}

function TokensCell({ row }: CellProps): JSX.Element {
  const text = row.tokens ? `${formatShort(countInput(row))} → ${formatShort(row.tokens.output)}` : "";
  return <span title={explain(row)}>{text}</span>;
}

function CostCell({ row }: CellProps): JSX.Element {
  return <span>{row.cost === null ? "" : formatCost(row.cost)}</span>;
}

/** The time until the first byte left, where that is not that of the whole, and until the last did. */
function TotalCell({ row }: CellProps): JSX.Element {
  const first = row.first_byte_ms === null ? null : formatDuration(row.first_byte_ms);
  const total = row.finished ? formatDuration(row.duration_ms) : null;
  const title = `First byte: ${first ?? "none yet"}, total: ${total ?? "on its way"}`;
  return (
    <>
      <span class="row-first" title={title}>
        {first !== null && first !== total && `${first} /`}
      </span>
      <span class="row-total" title={title}>
        {total ?? <Running />}
      </span>
    </>
  );
}

function Running(): JSX.Element {
  return (
    <span class="row-running">
      <span class="dot" />
      live
    </span>
  );
}

// Content blocks, each as it is best read. What is not known is shown as JSON.
import type { ComponentType, JSX } from "preact";
import { Fold, LongText } from "../parts/fold.tsx";
import { formatCount } from "../parts/format.ts";
import { JsonView, Scalar } from "../parts/json.tsx";
import { cutLine, makeVisible } from "../parts/text.ts";
import { get, getList, getText, isObject } from "../parts/values.ts";
import type { Json } from "../types.ts";
import type { Block } from "./conversation.ts";
import { DocumentBlock, ImageBlock } from "./media.tsx";
import { anchor, CacheMark, Findings } from "./marks.tsx";

interface Props {
  block: Block;
  /** The path that is looked for. */
  at: string | null;
}

export function BlockView({ block, at }: Props): JSX.Element {
  const View = findView(block.type);
  return (
    <div class="block" {...anchor(block.path, at)} data-objected={block.findings.length > 0 ? "" : undefined}>
      <View block={block} at={at} />
      <Findings findings={block.findings} />
      <CacheMark ttl={block.cache} />
    </div>
  );
}

function findView(type: string): ComponentType<Props> {
  const view = VIEWS.get(type);
  if (view) return view;
  if (type.endsWith("tool_use")) return ToolCall;
  return type.endsWith("tool_result") ? LoneResult : UnknownBlock;
}

const VIEWS = new Map<string, ComponentType<Props>>([
  ["text", TextBlock],
  ["thinking", Thinking],
  ["redacted_thinking", RedactedThinking],
  ["image", ({ block }) => <ImageBlock value={block.value} />],
  ["document", ({ block }) => <DocumentBlock value={block.value} />],
  ["search_result", SearchResult],
  ["compaction", Compaction],
  ["fallback", Fallback],
]);

function TextBlock({ block: { value } }: Props): JSX.Element {
  const citations = getList(value, "citations");
  const text = get(value, "text");
  if (typeof text !== "string") return <JsonView value={value} />;
  return (
    <>
      {text === "" ? <p class="nothing">empty text</p> : <LongText text={text} />}
      {citations.length > 0 && (
        <Fold class="plain" summary={`${citations.length} citation${citations.length === 1 ? "" : "s"}`}>
          {() => <JsonView value={citations} />}
        </Fold>
      )}
    </>
  );
}

function Thinking({ block: { value } }: Props): JSX.Element {
  const thought = getText(value, "thinking");
  const signature = getText(value, "signature");
  const signed = signature === "" ? "not signed" : "signed";
  const label = thought === "" ? `Thinking · not shown · ${signed}` : `Thinking · ${signed}`;
  return (
    <Fold class="thought" summary={<><span class="label">{label}</span> <bdi class="preview">{cutLine(thought, 160)}</bdi></>}>
      {() => (
        <>
          {thought !== "" && <LongText text={thought} />}
          {signature !== "" && <p class="detail">Signature, {formatCount(signature.length)} characters: <code>{cutLine(signature, 60)}</code></p>}
        </>
      )}
    </Fold>
  );
}

function RedactedThinking({ block: { value } }: Props): JSX.Element {
  return <p class="fold thought label">Redacted thinking · {formatCount(getText(value, "data").length)} characters of encrypted data</p>;
}

function ToolCall({ block, at }: Props): JSX.Element {
  const { value, type, result } = block;
  const where = getText(value, "server_name") || getText(value, "toolset_name");
  const input = get(value, "input");
  return (
    <section class="call">
      <header class="call-head">
        <span class="label">{LABELS.get(type) ?? type}</span>
        <bdi class="call-name">{makeVisible(getText(value, "name").slice(0, 200)) || "no name"}</bdi>
        {where && <span class="detail">of <bdi>{cutLine(where, 60)}</bdi></span>}
        <bdi class="call-id detail">{cutLine(getText(value, "id"), 40)}</bdi>
      </header>
      <div class="call-input"><Input input={input ?? {}} /></div>
      {result && <Result block={result} at={at} isOpen={at !== null && at.startsWith(result.path)} />}
    </section>
  );
}

const LABELS = new Map([
  ["tool_use", "Tool call"],
  ["server_tool_use", "Server tool"],
  ["mcp_tool_use", "MCP tool"],
]);

function Input({ input }: { input: Json }): JSX.Element {
  if (!isObject(input)) return <JsonView value={input} budget={40} />;
  const fields = Object.entries(input);
  if (fields.length === 0) return <span class="nothing">no input</span>;
  if (!isFlat(fields)) return <JsonView value={input} budget={40} />;
  return (
    <div class="call-flat">
      {fields.map(([name, value]) => <span key={name}><bdi class="json-key">{makeVisible(name)}</bdi>: <Scalar value={value} /></span>)}
    </div>
  );
}

/** Whether an input is so small that it is read best in a line. */
function isFlat(fields: [string, Json][]): boolean {
  const isShort = ([name, value]: [string, Json]): boolean =>
    (typeof value !== "object" || value === null) && name.length + String(value).length < 60;
  return fields.length <= 6 && fields.every(isShort);
}

/** The result of a tool, folded. */
function Result({ block, at, isOpen }: Props & { isOpen: boolean }): JSX.Element {
  const { value, path, findings, cache } = block;
  const isError = get(value, "is_error") === true || getText(get(value, "content"), "type").endsWith("error");
  const summary = (
    <>
      <span class="label">Result{isError ? " · error" : ""}</span> <bdi class="preview">{previewResult(value)}</bdi>
    </>
  );
  return (
    <div {...anchor(path, at)} data-objected={findings.length > 0 ? "" : undefined}>
      <Fold class={isError ? "result result-error" : "result"} summary={summary} isOpen={isOpen}>
        {() => <ResultContent value={value} at={at} path={path} />}
      </Fold>
      <Findings findings={findings} />
      <CacheMark ttl={cache} />
    </div>
  );
}

function previewResult(value: Json): string {
  const content = get(value, "content");
  if (typeof content === "string") return cutLine(content, 160);
  const texts = getList(value, "content").map((each) => getText(each, "text") || getText(each, "title") || `[${getText(each, "type") || "value"}]`);
  if (texts.length > 0) return cutLine(texts.slice(0, 20).join(" "), 160);
  const inner = getText(content, "stdout") || getText(content, "error_code") || getText(content, "type");
  return inner ? cutLine(inner, 160) : "empty";
}

function ResultContent({ value, at, path }: { value: Json; at: string | null; path: string }): JSX.Element {
  const content = get(value, "content");
  if (typeof content === "string") return content === "" ? <p class="nothing">empty</p> : <LongText text={content} class="text mono" />;
  if (!Array.isArray(content)) return <JsonView value={content ?? value} budget={60} />;
  return (
    <>
      {content.map((each, index) => {
        const block = { path: `${path}.content.${index}`, type: getText(each, "type"), value: each, cache: null, result: null, findings: [] };
        return <BlockView block={block} at={at} key={index} />;
      })}
    </>
  );
}

/** A result whose call is not in the conversation. */
function LoneResult({ block, at }: Props): JSX.Element {
  const id = getText(block.value, "tool_use_id");
  return (
    <section class="call">
      <header class="call-head">
        <span class="label">Result of no call above</span> <bdi class="call-id detail">{cutLine(id, 60)}</bdi>
      </header>
      <Result block={{ ...block, findings: [], cache: null }} at={at} isOpen />
    </section>
  );
}

function SearchResult({ block: { value }, at }: Props): JSX.Element {
  return (
    <Fold class="plain" summary={<><span class="label">Search result</span> <bdi>{cutLine(getText(value, "title"), 120)}</bdi></>}>
      {() => (
        <>
          <p class="detail">Source: <bdi>{cutLine(getText(value, "source"), 400)}</bdi></p>
          <ResultContent value={value} at={at} path="" />
        </>
      )}
    </Fold>
  );
}

function Compaction({ block: { value } }: Props): JSX.Element {
  const text = getText(value, "content");
  return (
    <Fold class="plain" summary={<><span class="label">Compaction</span> <bdi class="preview">{cutLine(text, 160)}</bdi></>}>
      {() => (text === "" ? <JsonView value={value} /> : <LongText text={text} />)}
    </Fold>
  );
}

function Fallback({ block: { value } }: Props): JSX.Element {
  const model = (name: string): string => cutLine(getText(get(value, name), "model") || "another model", 80);
  return <p class="note">From here on <bdi>{model("to")}</bdi> answers in place of <bdi>{model("from")}</bdi>.</p>;
}

function UnknownBlock({ block: { value, type } }: Props): JSX.Element {
  return (
    <section class="call">
      <header class="call-head"><bdi class="label">{cutLine(type, 80)}</bdi></header>
      <JsonView value={value} budget={60} />
    </section>
  );
}

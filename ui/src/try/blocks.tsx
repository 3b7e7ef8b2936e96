// The blocks of an answer while they grow.
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { cutPieces, makeVisible } from "../parts/text.ts";
import type { Obj } from "../types.ts";

interface Props {
  block: Obj;
  /** The input of a tool as far as it has come; undefined once it is whole. */
  input: string | undefined;
  isOpen: boolean;
}

export function AnswerBlock({ block, input, isOpen }: Props): JSX.Element {
  const type = String(block.type ?? "block");
  return (
    <li class="answer-block" data-type={type} data-open={isOpen || undefined}>
      <BlockHead block={block} type={type} />
      {BODIES[type]?.(block, isOpen) ?? <Code>{input ?? writeRest(block)}</Code>}
    </li>
  );
}

function BlockHead({ block, type }: { block: Obj; type: string }): JSX.Element | null {
  if (type === "text") return null;
  return (
    <p class="answer-block-head">
      <bdi>{makeVisible(type)}</bdi> {typeof block.name === "string" && <code><bdi>{makeVisible(block.name)}</bdi></code>} {typeof block.id === "string" && <code class="dim">{makeVisible(block.id)}</code>}
    </p>
  );
}

const BODIES: Record<string, (block: Obj, isOpen: boolean) => ComponentChildren> = {
  text: ({ text }) => <Text text={String(text ?? "")} />,
  thinking: ({ thinking, signature }, isOpen) => (
    <>
      {thinking || isOpen ? <Text text={String(thinking ?? "")} /> : <p class="dim">The thought is not shown.</p>}
      {!isOpen && <p class="answer-ending">{signature ? `signed, ${String(signature).length} characters` : "not signed"}</p>}
    </>
  ),
};

/** A text that grows. Only its last piece is set anew when something comes: a text in one piece would take ever longer. */
function Text({ text }: { text: string }): JSX.Element {
  return <>{cutPieces(text).map((piece, index) => <Piece text={piece} key={index} />)}</>;
}

function Piece({ text }: { text: string }): JSX.Element {
  return useMemo(() => <p class="text" dir="auto">{makeVisible(text)}</p>, [text]);
}

export function Code({ children }: { children: string }): JSX.Element {
  return <pre class="answer-code">{makeVisible(children)}</pre>;
}

/** What a block holds besides what its head says; of a call, its input. */
function writeRest(block: Obj): string {
  const { type: _, id: __, name: ___, ...rest } = block;
  return JSON.stringify("input" in rest ? rest.input : rest, null, 2);
}

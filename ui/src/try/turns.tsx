// The turns of a conversation, to be edited.
import type { JSX } from "preact";
import { formatCount } from "../parts/format.ts";
import type { Obj } from "../types.ts";
import { readTurns, removeTurn, setPart, setRole, type Part, type Turn } from "./body.ts";
import { addOneTurn, setBody } from "./state.ts";

export function Turns({ body }: { body: Obj }): JSX.Element {
  const turns = readTurns(body);
  return (
    <fieldset class="try-turns">
      <legend class="field-label">messages</legend>
      {turns.map((turn, index) => <TurnFields body={body} turn={turn} index={index} key={index} />)}
      <button type="button" class="button button-small" onClick={addOneTurn}>Add a message</button>
    </fieldset>
  );
}

interface TurnProps {
  body: Obj;
  turn: Turn;
  index: number;
}

const ROLES = ["user", "assistant", "system"];

function TurnFields({ body, turn, index }: TurnProps): JSX.Element {
  const roles = ROLES.includes(turn.role) ? ROLES : [turn.role, ...ROLES];
  return (
    <div class="try-turn" data-role={turn.role}>
      <div class="field-row">
        <select class="input input-small" aria-label={`Role of message ${index}`} value={turn.role} onChange={(event) => setBody(setRole(body, index, event.currentTarget.value))}>
          {roles.map((role) => <option value={role} key={role}>{role}</option>)}
        </select>
        <button type="button" class="button button-small button-quiet" aria-label={`Remove message ${index}`} onClick={() => setBody(removeTurn(body, index))}>Remove</button>
      </div>
      {turn.parts.map((part) => (
        <PartField
          part={part}
          label={`${part.label} of message ${index}`}
          isAlone={turn.parts.length === 1}
          key={part.index}
          onInput={(text) => setBody(setPart(body, index, part.index, text))}
        />
      ))}
    </div>
  );
}

interface PartProps {
  part: Part;
  label: string;
  isAlone: boolean;
  onInput: (text: string) => void;
}

function PartField({ part, label, isAlone, onInput }: PartProps): JSX.Element {
  if (part.text === null) return <p class="told"><bdi>{part.label}</bdi>: it is edited in the JSON.</p>;
  const isPlain = isAlone && part.label === "Text";
  return (
    <>
      {!isPlain && <p class="try-part"><bdi>{part.label}</bdi></p>}
      <TextArea label={label} value={part.text} onInput={onInput} />
    </>
  );
}

interface AreaProps {
  id?: string;
  label?: string;
  value: string;
  isCode?: boolean;
  onInput: (text: string) => void;
}

// Chromium takes seconds to set a longer one.
const LONGEST = 20_000;

/** A text that grows with what is written, up to a height at which it scrolls. */
export function TextArea({ id, label, value, isCode = false, onInput }: AreaProps): JSX.Element {
  if (value.length > LONGEST) return <p class="told">A text of {formatCount(value.length)} characters: it is edited in the JSON.</p>;
  return (
    <textarea
      id={id}
      class={isCode ? "input area area-code" : "input area"}
      aria-label={label}
      dir="auto"
      rows={1}
      spellcheck={false}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

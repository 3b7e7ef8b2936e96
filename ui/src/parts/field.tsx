// A field of a form, with its label, and what the server says against its value.
import type { ComponentChildren, JSX } from "preact";
import { Refused } from "../source.ts";
import type { Json } from "../types.ts";

interface Props {
  id: string;
  label: string;
  /** Said below the field. */
  hint?: string | undefined;
  mistake?: string | null | undefined;
  children: ComponentChildren;
}

/** The input inside has the same id, and `aria-describedby={`${id}-told`}`. */
export function Field({ id, label, hint, mistake, children }: Props): JSX.Element {
  return (
    <div class="field">
      <label class="field-label" for={id}>{label}</label>
      {children}
      <p class={mistake ? "field-told field-mistake" : "field-told"} id={`${id}-told`} role={mistake ? "alert" : undefined}>
        {mistake ?? hint}
      </p>
    </div>
  );
}

interface SelectProps {
  id: string;
  label: string;
  value: string;
  /** Values, and what they are called. */
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
  hint?: string | undefined;
  mistake?: string | null | undefined;
  disabled?: boolean;
}

/** A choice; a value that is none of the options is shown as it is. */
export function SelectField({ id, label, value, options, onChange, hint, mistake, disabled = false }: SelectProps): JSX.Element {
  const isKnown = options.some(([each]) => each === value);
  return (
    <Field id={id} label={label} hint={hint} mistake={mistake}>
      <select
        id={id}
        class="input"
        value={value}
        disabled={disabled}
        aria-describedby={`${id}-told`}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {!isKnown && <option value={value}>{value}</option>}
        {options.map(([each, title]) => <option value={each} key={each}>{title}</option>)}
      </select>
    </Field>
  );
}

interface TextProps {
  id: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: string | undefined;
  mistake?: string | null | undefined;
  suggestions?: readonly string[];
  placeholder?: string;
  disabled?: boolean;
}

export function TextField({ suggestions = [], placeholder, ...props }: TextProps): JSX.Element {
  const { id, label, hint, mistake } = props;
  return (
    <Field id={id} label={label} hint={hint} mistake={mistake}>
      <input {...describeInput(props)} type="text" placeholder={placeholder} list={`${id}-list`} autocomplete="off" spellcheck={false} />
      <datalist id={`${id}-list`}>{suggestions.map((each) => <option value={each} key={each} />)}</datalist>
    </Field>
  );
}

export function NumberField(props: Omit<TextProps, "suggestions" | "placeholder">): JSX.Element {
  const { id, label, hint, mistake } = props;
  return (
    <Field id={id} label={label} hint={hint} mistake={mistake}>
      <input {...describeInput(props)} type="number" min={0} />
    </Field>
  );
}

function describeInput({ id, value, disabled = false, mistake, onInput }: TextProps) {
  return {
    id,
    class: "input",
    value,
    disabled,
    "aria-describedby": `${id}-told`,
    "aria-invalid": mistake ? true : undefined,
    onInput: (event: { currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
  };
}

/** What went wrong, in words: the server's message, and what it expects instead. */
export function describe(error: unknown): string {
  if (!(error instanceof Refused)) return error instanceof Error ? error.message : String(error);
  const { message, expected } = error.error;
  const wanted = expected === undefined ? "" : list(expected);
  return message.includes(wanted) ? message : `${message} Expected: ${wanted}.`;
}

function list(expected: Json): string {
  const items = Array.isArray(expected) ? expected : [expected];
  return items.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(", ");
}

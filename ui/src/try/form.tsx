// The request as a form. It edits the JSON beside it, whose other keys stay as they are.
import type { JSX } from "preact";
import { useSignal } from "@preact/signals";
import { NumberField, SelectField, TextField } from "../parts/field.tsx";
import { parse } from "../parts/values.ts";
import type { Json, Obj } from "../types.ts";
import { readEffort, readText, readThinking, setEffort, setKey, setThinking, showValue, writeText } from "./body.ts";
import MODELS from "./models.json";
import { answer, body, change, chosenSession, draft, isChat, models, origin, sessions, setBody } from "./state.ts";
import { TextArea, Turns } from "./turns.tsx";

const THINKING = [
  ["", "as the model does"],
  ...["adaptive", "between_tools", "enabled", "disabled"].map((each) => [each, each] as const),
] as const;
const EFFORTS = [["", "as the model does"], ...["low", "medium", "high", "xhigh", "max"].map((each) => [each, each] as const)] as const;
const FLAGS = [["true", "true"], ["false", "false"]] as const;
const EXAMPLE = { name: "get_weather", description: "The weather of a city." };
const EXAMPLE_INPUT: Json = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const EXAMPLE_TOOL: Json = { ...EXAMPLE, input_schema: EXAMPLE_INPUT };
const EXAMPLE_FUNCTION: Json = { type: "function", function: { ...EXAMPLE, parameters: EXAMPLE_INPUT } };

export function Form(): JSX.Element {
  const current = body.value;
  return (
    <form class="try-form" aria-label="Request" onSubmit={(event) => event.preventDefault()}>
      {origin.value && <p class="told">{origin.value}</p>}
      {current ? <BodyFields body={current} /> : <p class="told told-warn">The body is not a JSON object: mend it in the JSON, or send it as it is.</p>}
      <HeaderFields />
    </form>
  );
}

function BodyFields({ body }: { body: Obj }): JSX.Element {
  const system = readText(body.system);
  return (
    <>
      <ModelFields body={body} />
      {isChat.value ? null : system === null ? (
        <p class="told">The system prompt has several blocks: it is edited in the JSON.</p>
      ) : (
        <div class="field">
          <label class="field-label" for="try-system">system</label>
          <TextArea id="try-system" value={system} onInput={(text) => setBody(setKey(body, "system", text === "" ? undefined : writeText(body.system, text)))} />
        </div>
      )}
      <Turns body={body} />
      <ToolsField body={body} />
    </>
  );
}

function ModelFields({ body }: { body: Obj }): JSX.Element {
  const { type, budget } = readThinking(body);
  const suggestions = [...new Set([...models.value, ...MODELS])];
  const setNumber = (text: string): void => setBody(setKey(body, "max_tokens", text === "" ? undefined : Number(text)));
  return (
    <div class="fields">
      <div class="fields-wide">
        <TextField id="try-model" label="model" value={showValue(body.model)} suggestions={suggestions} onInput={(text) => setBody(setKey(body, "model", text))} />
      </div>
      <NumberField id="try-max" label="max_tokens" value={showValue(body.max_tokens)} onInput={setNumber} />
      <SelectField id="try-stream" label="stream" value={showValue(body.stream ?? false)} options={FLAGS} onChange={(value) => setBody(setKey(body, "stream", value === "true"))} />
      {isChat.value ? null : <SelectField id="try-thinking" label="thinking" value={type} options={THINKING} onChange={(value) => setBody(setThinking(body, value))} />}
      {isChat.value ? null : type === "enabled" ? (
        <NumberField id="try-budget" label="budget_tokens" value={budget} onInput={(text) => setBody(setThinking(body, "enabled", Number(text)))} />
      ) : (
        <SelectField id="try-effort" label="effort" value={readEffort(body)} options={EFFORTS} onChange={(value) => setBody(setEffort(body, value))} />
      )}
    </div>
  );
}

function ToolsField({ body }: { body: Obj }): JSX.Element {
  // What is typed is no JSON most of the time, so the text is kept beside the value.
  const written = useSignal<string | null>(null);
  const value = body.tools === undefined ? "" : JSON.stringify(body.tools, null, 2);
  const isSame = written.value !== null && (written.value.trim() === "" ? value === "" : JSON.stringify(parse(written.value), null, 2) === value);
  const isBroken = written.value !== null && written.value.trim() !== "" && parse(written.value) === undefined;
  const write = (text: string): void => {
    written.value = text;
    const tools = parse(text);
    if (text.trim() === "") setBody(setKey(body, "tools", undefined));
    else if (tools !== undefined) setBody(setKey(body, "tools", tools));
  };
  const add = (): void => {
    written.value = null;
    setBody(setKey(body, "tools", [...(Array.isArray(body.tools) ? body.tools : []), isChat.value ? EXAMPLE_FUNCTION : EXAMPLE_TOOL]));
  };
  return (
    <div class="field">
      <div class="field-row">
        <label class="field-label" for="try-tools">tools, as JSON</label>
        <button type="button" class="button button-small" onClick={add}>Add an example</button>
      </div>
      <TextArea id="try-tools" isCode value={isSame || isBroken ? (written.value ?? "") : value} onInput={write} />
      <p class={isBroken ? "field-told field-mistake" : "field-told"}>{isBroken ? "This is not JSON yet; the body keeps the tools it has." : ""}</p>
    </div>
  );
}

function HeaderFields(): JSX.Element {
  const { path, version, betas, key, session } = draft.value;
  const mistake = answer.value?.status === 401 ? "The server asks for another key." : null;
  return (
    <details class="try-headers" open>
      <summary>Address and headers</summary>
      <div class="fields">
        <TextField id="try-path" label="Path" value={path} suggestions={["/v1/messages", "/v1/messages/count_tokens", "/v1/chat/completions"]} onInput={(text) => change({ path: text })} />
        <TextField id="try-session" label="x-mock-session" value={session} suggestions={sessions.value} placeholder={chosenSession.value || "goes by the key"} onInput={(text) => change({ session: text })} />
        <TextField id="try-key" label={isChat.value ? "authorization" : "x-api-key"} value={key} mistake={mistake} onInput={(text) => change({ key: text })} />
        <TextField id="try-version" label="anthropic-version" value={version} onInput={(text) => change({ version: text })} />
        <div class="fields-wide">
          <TextField id="try-betas" label="anthropic-beta" value={betas} placeholder="none" onInput={(text) => change({ betas: text })} />
        </div>
      </div>
    </details>
  );
}

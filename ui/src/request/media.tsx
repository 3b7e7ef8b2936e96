// Images and documents in a conversation. Nothing is loaded from elsewhere.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { Fold, LongText } from "../parts/fold.tsx";
import { formatBytes } from "../parts/format.ts";
import { JsonView } from "../parts/json.tsx";
import { cutLine } from "../parts/text.ts";
import { get, getText } from "../parts/values.ts";
import type { Json } from "../types.ts";
import { makeImageUrl, measureBase64 } from "./pictures.ts";

export function ImageBlock({ value }: { value: Json }): JSX.Element {
  const url = useMemo(() => makeImageUrl(value), [value]);
  const size = useSignal("");
  const isBroken = useSignal(false);
  const note = (event: Event): void => {
    const { naturalWidth, naturalHeight } = event.currentTarget as HTMLImageElement;
    size.value = ` · ${naturalWidth} × ${naturalHeight}`;
  };
  if (url === null) return <Source label="Image" value={value} />;
  return (
    <figure class="picture">
      {!isBroken.value && <img src={url} alt="Image in the conversation" onLoad={note} onError={() => (isBroken.value = true)} />}
      <figcaption class="detail">
        {getText(get(value, "source"), "media_type")} · {formatBytes(measureBase64(getText(get(value, "source"), "data")))}
        {isBroken.value ? " · cannot be shown: its data are no picture" : size.value}
      </figcaption>
    </figure>
  );
}

export function DocumentBlock({ value }: { value: Json }): JSX.Element {
  const source = get(value, "source");
  const title = getText(value, "title");
  const text = getText(source, "type") === "text" ? getText(source, "data") : "";
  if (text === "") return <Source label="Document" value={value} />;
  return (
    <Fold class="plain" summary={<><span class="label">Document</span> <bdi class="preview">{cutLine(title || text, 120)}</bdi></>}>
      {() => <LongText text={text} />}
    </Fold>
  );
}

/** What it is and where it is, without looking. */
function Source({ label, value }: { label: string; value: Json }): JSX.Element {
  const source = get(value, "source");
  const names = [getText(value, "title"), getText(source, "media_type"), getText(source, "url"), getText(source, "file_id")];
  const data = getText(source, "data");
  const told = [...names.filter(Boolean).map((name) => cutLine(name, 200)), ...(data ? [formatBytes(measureBase64(data))] : [])];
  return (
    <Fold class="plain" summary={<><span class="label">{label}</span> <bdi class="preview">{told.join(" · ")}</bdi></>}>
      {() => <JsonView value={value} budget={40} />}
    </Fold>
  );
}

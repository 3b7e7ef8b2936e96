// Which images of a conversation are shown, and how large they are.
import { get, getText } from "../parts/values.ts";
import type { Json } from "../types.ts";

// Pictures alone, of which none can hold a script.
const SHOWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** The data: URL of an image that was sent as Base64; null where it is something else, which is not shown. */
export function makeImageUrl(value: Json): string | null {
  const source = get(value, "source");
  const type = getText(source, "media_type");
  const data = getText(source, "data").replace(/\s+/g, "");
  const isData = getText(source, "type") === "base64" && SHOWN.has(type);
  return isData && data.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(data) ? `data:${type};base64,${data}` : null;
}

/** How many bytes a text in Base64 stands for. */
export function measureBase64(data: string): number {
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0;
  return Math.max(0, Math.floor((data.length * 3) / 4) - padding);
}

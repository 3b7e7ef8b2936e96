// A session that was exported, to be read.
import { render } from "preact";
import { App } from "./app.tsx";
import { applyTheme } from "./frame/theme.ts";
import { describe, makeSource, readExported } from "./exported.ts";

applyTheme();
const root = document.getElementById("app");
if (root) {
  root.textContent = "";
  const exported = readExported();
  render(<App source={makeSource(exported)} views={[]} title={exported.title} note={describe(exported)} />, root);
}

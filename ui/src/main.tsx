// The inspector of a running server.
import { render } from "preact";
import { App } from "./app.tsx";
import { applyTheme } from "./frame/theme.ts";
import { Tools } from "./frame/tools.tsx";
import { live, takeToken } from "./live.ts";
import { Scenarios } from "./scenarios/scenarios.tsx";
import { Server } from "./server/server.tsx";
import { Try } from "./try/try.tsx";
import "./styles/app.css";

takeToken();
applyTheme();
const root = document.getElementById("app");
if (root) {
  root.textContent = "";
  const views = [
    { name: "scenarios", title: "Scenarios", view: Scenarios },
    { name: "try", title: "Try", view: Try },
    { name: "server", title: "Server", view: Server },
  ];
  render(<App source={live} views={views} tools={Tools} />, root);
}

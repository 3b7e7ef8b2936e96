import { defineConfig } from "vite";

// The page talks to the mock server itself; it may, from any origin.
export default defineConfig({
  define: { __BASE_URL__: JSON.stringify(process.env.ANTHROPIC_BASE_URL ?? "http://127.0.0.1:8000") },
});

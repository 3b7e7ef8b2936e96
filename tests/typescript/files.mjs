// Keeps files by the official TypeScript SDK at the server of ANTHROPIC_BASE_URL; prints what it saw as JSON.
// The first argument is the path of a file to upload.
import fs from "node:fs";

import Anthropic, { toFile } from "@anthropic-ai/sdk";

const client = new Anthropic({ maxRetries: 0 });
const path = process.argv[2];
const content = fs.readFileSync(path);
const seen = { uploads: [] };

const ids = [];
for (const file of [
  fs.createReadStream(path),
  await toFile(content, "notes.txt", { type: "text/plain" }),
  new File([content], "notes.txt", { type: "text/plain" }),
]) {
  const made = await client.files.upload({ file });
  seen.uploads.push([made.filename, made.size_bytes, made.downloadable]);
  ids.push(made.id);
}
seen.metadata = (await client.files.retrieveMetadata(ids[0])).id === ids[0];

const listed = [];
for await (const file of client.files.list({ limit: 1 })) if (ids.includes(file.id)) listed.push(file.id);
seen.listed = JSON.stringify(listed) === JSON.stringify(ids.toReversed());

const message = await client.messages.create({
  model: "claude-opus-4-8",
  max_tokens: 1024,
  tools: [{ type: "code_execution_20250825", name: "code_execution" }],
  messages: [{ role: "user", content: "Please plot it." }],
});
const ran = message.content.find((block) => block.type === "bash_code_execution_tool_result");
const plot = ran.content.content[0].file_id;
seen.downloaded = await (await client.files.download(plot)).text();

const attempt = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return [error instanceof Anthropic.APIError, error.status];
  }
};
seen.refused = await attempt(() => client.files.download(ids[0]));
seen.deleted = (await client.files.delete(ids[0])).type;
seen.gone = await attempt(() => client.files.retrieveMetadata(ids[0]));
console.log(JSON.stringify(seen));

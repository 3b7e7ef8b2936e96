import Anthropic from "@anthropic-ai/sdk";

// A key that is worth nothing may stand in a page.
const client = new Anthropic({ baseURL: __BASE_URL__, apiKey: "any-key", dangerouslyAllowBrowser: true });
const answer = document.querySelector("#answer");

document.querySelector("#form").addEventListener("submit", async (event) => {
  event.preventDefault();
  answer.textContent = "";
  const question = document.querySelector("#question").value;
  const messages = [{ role: "user", content: question }];
  const stream = client.messages.stream({ model: "claude-opus-5-5", max_tokens: 1024, messages });
  stream.on("text", (text) => (answer.textContent += text));
  await stream.finalMessage();
  answer.dataset.done = "yes";
});

// Runs batches by the official TypeScript SDK against the server at ANTHROPIC_BASE_URL; prints what it saw as JSON.
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ maxRetries: 0 });
const batches = client.messages.batches;
const item = (number, more = {}) => ({
  custom_id: `item-${number}`,
  params: {
    model: "claude-opus-4-8",
    max_tokens: 1024,
    messages: [{ role: "user", content: "What is the next city?" }],
    ...more,
  },
});
const finish = async (id) => {
  for (let look = 0; look < 5; look++) {
    const batch = await batches.retrieve(id);
    if (batch.processing_status === "ended") return batch;
  }
  throw new Error(`${id} does not end`);
};
const seen = {};

const created = await batches.create({ requests: [item(0), item(1), item(2, { max_tokens: -1 })] });
seen.created = [created.processing_status, created.request_counts.processing, created.results_url];
const ended = await finish(created.id);
seen.counts = ended.request_counts;
seen.results = {};
for await (const { custom_id, result } of await batches.results(created.id)) {
  seen.results[custom_id] =
    result.type === "succeeded" ? result.message.content[0].text : [result.type, result.error.error.type];
}

const second = await batches.create({ requests: [item(0)] });
try {
  await batches.delete(second.id);
} catch (error) {
  seen.refused = [error.constructor.name, error.status];
}
seen.cancelled = (await batches.cancel(second.id)).processing_status;
seen.cancelledCounts = (await finish(second.id)).request_counts;

const third = await batches.create({ requests: [item(0)] });
const listed = [];
for await (const batch of batches.list({ limit: 1 })) listed.push(batch.id);
seen.listed = JSON.stringify(listed) === JSON.stringify([third.id, second.id, created.id]);

seen.deleted = (await batches.delete(created.id)).type;
try {
  await batches.retrieve(created.id);
} catch (error) {
  seen.gone = [error.constructor.name, error.status];
}
console.log(JSON.stringify(seen));

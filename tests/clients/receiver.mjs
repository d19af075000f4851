// A receiver of webhooks: it verifies each message, takes it once, and reads what it missed.

// #region docs
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const { GATEWAY, GATEWAY_TOKEN, WEBHOOK_SECRET, PORT } = process.env;

const MOST_BYTES = 100_000; // of a body; messages are far smaller
const CHANGES = `
  query Changes($company: ID!, $after: String!) {
    changes(companyId: $company, after: $after, first: 500) {
      nodes { sequence operation subjectType subjectId }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

/** Do what is yours to do. It may come twice, so see that this does no harm. */
async function onChange({ sequence, operation, subjectType }) {
  console.log(sequence, operation, subjectType);
}

/** Read anew all that you keep: what happened in between is no longer known. */
async function readEverything() {
  console.log("everything");
}

/** Yield the changes behind the cursor `after`, up to the number `last`. */
async function* readChanges(company, after, last) {
  for (;;) {
    const response = await fetch(GATEWAY, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${GATEWAY_TOKEN}` },
      body: JSON.stringify({ query: CHANGES, variables: { company, after } }),
      signal: AbortSignal.timeout(5_000),
    });
    const { data, errors } = await response.json();
    if (errors) throw Object.assign(new Error(errors[0].message), errors[0].extensions);
    const { nodes, pageInfo } = data.changes;
    for (const change of nodes) {
      if (Number(change.sequence) > last) return;
      yield change;
    }
    if (!pageInfo.hasNextPage) return;
    after = pageInfo.endCursor;
  }
}

// What was taken. Keep it in your database, together with what `onChange` stores.
let ids = [];
let place = null; // the number of the last change, and where that is

/** Take a verified message, unless it was taken before. */
async function take(id, { type, data }) {
  if (ids.includes(id)) return;
  if (type !== "webhook.test") await takeChanges(type, data);
  ids = [...ids, id].slice(-1_000);
}

async function takeChanges(type, data) {
  const first = Number(data.from ?? data.sequence);
  const last = Number(data.to ?? data.sequence);
  const hasGap = place !== null && first > place.last + 1;
  if (hasGap || type === "changes.available") {
    await read(data.companyId, hasGap ? place.cursor : data.after, last);
  } else {
    await onChange({ ...data, operation: type.split(".")[1].toUpperCase() });
  }
  place = { last, cursor: data.cursor };
}

async function read(company, after, last) {
  try {
    for await (const change of readChanges(company, after, last)) await onChange(change);
  } catch (fault) {
    if (fault.code !== "CURSOR_EXPIRED") throw fault;
    await readEverything();
  }
}

const webhook = new Webhook(WEBHOOK_SECRET);

async function bytesOf(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) break; // and it will not verify
  }
  return Buffer.concat(chunks);
}

function verified(body, headers) {
  try {
    return webhook.verify(body, headers);
  } catch {
    return null;
  }
}

// One message at a time, also where one took too long and comes again.
let turn = Promise.resolve();

async function statusFor(request) {
  const message = verified(await bytesOf(request), request.headers);
  if (message === null) return 400;
  const mine = turn.then(() => take(request.headers["webhook-id"], message));
  turn = mine.catch(() => {});
  await mine;
  return 204;
}

const server = createServer(async (request, response) => {
  try {
    response.writeHead(await statusFor(request)).end();
  } catch (fault) {
    console.error(fault);
    response.writeHead(500).end(); // the message comes again
  }
});
server.listen(PORT, "127.0.0.1", () => {
  console.log(`listening on port ${server.address().port}`);
});
// #endregion

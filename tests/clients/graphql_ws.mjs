// graphql-ws: everything over one WebSocket, by the protocol graphql-transport-ws.

import assert from "node:assert/strict";
import { entry, url } from "./support.mjs";
// #region docs
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const client = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
// #endregion

async function ask(query, variables) {
  for await (const answer of client.iterate({ query, variables })) {
    return answer;
  }
  throw new Error("no answer");
}

const CREATE = /* GraphQL */ `
  mutation Create($input: CreateTimeOffEntriesInput!) {
    createTimeOffEntries(input: $input) {
      timeOffEntries {
        id
      }
      userErrors {
        code
      }
    }
  }
`;
const ENTRY = /* GraphQL */ `
  query Entry($id: ID!) {
    timeOffEntry(id: $id) {
      id
      hours
      requestedDate
    }
  }
`;
const USERS = /* GraphQL */ `
  query Users($after: String) {
    users(after: $after) {
      nodes {
        id
      }
    }
  }
`;

const created = await ask(CREATE, { input: entry("103", "2031-03-04", 7.5) });
assert.deepEqual(created.data.createTimeOffEntries.userErrors, []);
const [{ id }] = created.data.createTimeOffEntries.timeOffEntries;

// Asked on the same socket: nothing that was loaded before stands in for what is stored.
const found = await ask(ENTRY, { id });
assert.deepEqual(found.data.timeOffEntry, { id, hours: 7.5, requestedDate: "2031-03-04" });
await ask(CREATE, { input: entry("103", "2031-03-04", 0.5) });
assert.equal((await ask(ENTRY, { id })).data.timeOffEntry.hours, 8);

// One that fails while it runs answers; one that cannot run is an error of its own.
const mistaken = await ask(USERS, { after: "nowhere" });
assert.equal(mistaken.errors[0].extensions.code, "BAD_USER_INPUT");
await assert.rejects(ask("{ nothing }"), ([error]) => {
  assert.equal(error.extensions.code, "GRAPHQL_VALIDATION_FAILED");
  return true;
});

await client.dispose();
console.log("all passed");

// graphql-ws: the change feed, each change once and in order, whatever becomes of the connection.

import { check } from "./following.mjs";
import { line } from "./support.mjs";
// #region docs
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const CHANGES = /* GraphQL */ `
  subscription Changes($company: ID!, $after: String) {
    changes(companyId: $company, after: $after) {
      cursor
      node {
        sequence
        operation
        subjectType
        after
      }
    }
  }
`;

// No retries of its own: they would begin where the first try began.
const connect = (url) =>
  createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    keepAlive: 10_000,
  });

async function* follow(client, company, after) {
  for (;;) {
    try {
      const variables = { company, after };
      for await (const { data } of client.iterate({ query: CHANGES, variables })) {
        yield data.changes;
        after = data.changes.cursor; // only now it is done with
      }
    } catch (fault) {
      // Refused, as CURSOR_EXPIRED is; but an outage is over in a while.
      if (Array.isArray(fault) && refusal(fault).code !== "SERVICE_UNAVAILABLE")
        throw refusal(fault);
      await new Promise((resolve) => setTimeout(resolve, 500 + 500 * Math.random()));
    }
  }
}

function refusal([{ message, extensions }]) {
  return Object.assign(new Error(message), { code: extensions.code });
}
// #endregion

const { url, cut, close } = await line();
const client = connect(url);
await check((company, after) => follow(client, company, after), cut, "103");
await client.dispose();
close();
console.log("all passed");

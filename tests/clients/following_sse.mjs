// graphql-sse: the change feed over Server-Sent Events, where WebSockets do not get through.

import { check } from "./following.mjs";
import { line } from "./support.mjs";
// #region docs
import { createClient } from "graphql-sse";

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

const connect = (url) => createClient({ url, retryAttempts: 0 });

async function* follow(client, company, after) {
  for (;;) {
    try {
      const variables = { company, after };
      for await (const { data, errors } of client.iterate({ query: CHANGES, variables })) {
        if (errors) throw refusal(errors);
        yield data.changes;
        after = data.changes.cursor; // only now it is done with
      }
    } catch (fault) {
      // Refused, as CURSOR_EXPIRED is; but an outage is over in a while.
      if (fault.code && fault.code !== "SERVICE_UNAVAILABLE") throw fault;
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
client.dispose();
close();
console.log("all passed");

// urql: its document cache, its errors and its persisted queries.

import assert from "node:assert/strict";
import { gql } from "@urql/core";
import { entry, record, url, ways } from "./support.mjs";
// #region docs
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";

const persisted = persistedExchange({ preferGetForPersistedQueries: false });
const client = new Client({ url, exchanges: [cacheExchange, persisted, fetchExchange] });
// #endregion

const ENTRY = gql`
  query Entry($id: ID!) {
    timeOffEntry(id: $id) {
      id
      hours
    }
  }
`;
const USERS = gql`
  query Users($first: Int) {
    users(first: $first) {
      nodes {
        id
      }
    }
  }
`;
const CREATE = gql`
  mutation Create($input: CreateTimeOffEntriesInput!) {
    createTimeOffEntries(input: $input) {
      timeOffEntries {
        id
        hours
      }
      userErrors {
        code
        path
      }
    }
  }
`;

const requests = record();
const create = async (hours) => {
  const { data, error } = await client.mutation(CREATE, {
    input: entry("102", "2031-03-05", hours),
  });
  assert.equal(error, undefined);
  return data.createTimeOffEntries;
};

// A mutation makes urql ask again for what it has of the same types.
const [{ id }] = (await create(3)).timeOffEntries;
const hoursNow = async () => (await client.query(ENTRY, { id })).data.timeOffEntry.hours;
assert.equal(await hoursNow(), 3);
assert.equal((await create(2)).timeOffEntries[0].id, id);
assert.equal(await hoursNow(), 5);

// A refusal is data; a mistake in the request is an error with a code.
const refused = await create(4);
assert.deepEqual(refused.timeOffEntries, []);
assert.equal(refused.userErrors[0].code, "WORKDAY_HOURS_EXCEEDED");
const { error } = await client.query(USERS, { first: 0 });
assert.equal(error.networkError, undefined);
assert.deepEqual(
  error.graphQLErrors.map(({ path, extensions }) => [path, extensions.code]),
  [[["users"], "BAD_USER_INPUT"]],
);

// The document was sent once, when the server asked for it; then its hash was enough.
const asked = requests.filter(({ sent }) => sent.operationName === "Entry");
assert.deepEqual(ways(asked), ["POST hash", "POST document", "POST hash"]);

console.log("all passed");

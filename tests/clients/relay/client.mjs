// Relay: pages of a connection joined in its store, one entry read again, and a mutation.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import {
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  getRequest,
  getSingularSelector,
} from "relay-runtime";
// #region docs
import { Environment, Network, RecordSource, Store } from "relay-runtime";

// `id` is what "persistConfig" makes relay-compiler write in the place of `text`.
async function ask({ id, text }, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json",
    },
    body: JSON.stringify({ ...(id ? { documentId: id } : { query: text }), variables }),
  });
  return response.json();
}

const environment = new Environment({
  network: Network.create(ask),
  store: new Store(new RecordSource()),
});
// #endregion

const url = process.argv[2];
const generated = (name) => createRequire(import.meta.url)(`./__generated__/${name}.graphql.js`);

const query = createOperationDescriptor(getRequest(generated("EntriesQuery")), { user: "109" });
environment.retain(query);

function readEntries() {
  const { user } = environment.lookup(query.fragment).data;
  const selector = getSingularSelector(generated("Entries_user"), user);
  return environment.lookup(selector).data;
}

function readHours(entry) {
  return environment.lookup(getSingularSelector(generated("Entries_hours"), entry)).data;
}

// A page, then the next two, which Relay joins to the first in its store.
await fetchQuery(environment, generated("EntriesQuery"), { user: "109" }).toPromise();
const counts = [];
for (;;) {
  const user = readEntries();
  const { edges, pageInfo } = user.timeOffEntries;
  counts.push(edges.length);
  if (!pageInfo.hasNextPage) {
    break;
  }
  const next = { id: user.id, count: 10, cursor: pageInfo.endCursor };
  await fetchQuery(environment, generated("EntriesPaginationQuery"), next).toPromise();
}
assert.deepEqual(counts, [10, 20, 25]);
const days = readEntries().timeOffEntries.edges.map(({ node }) => node.requestedDate);
assert.deepEqual(days, [...new Set(days)].sort());

// One entry again, through Query.node.
const [{ node }] = readEntries().timeOffEntries.edges;
await fetchQuery(
  environment,
  generated("EntriesRefetchQuery"),
  { id: node.id },
  { networkCacheConfig: { force: true } },
).toPromise();
assert.deepEqual(readHours(node), { id: node.id, hours: 2, totalHours: 2 });

// A mutation.
const input = { timeOffEntries: [{ userId: "104", requestedDate: "2031-03-05", hours: 4.25 }] };
const { createTimeOffEntries } = await new Promise((resolve, reject) => {
  commitMutation(environment, {
    mutation: generated("EntriesCreateMutation"),
    variables: { input },
    onCompleted: resolve,
    onError: reject,
  });
});
assert.deepEqual(createTimeOffEntries.userErrors, []);
assert.equal(readHours(createTimeOffEntries.timeOffEntries[0]).hours, 4.25);

console.log("all passed");

// The Apollo snippets of docs/frontend.md.

import assert from "node:assert/strict";
import { connect, create, followDays, preview, watchSchedule } from "./built/src/apollo.js";
import {
  companyId,
  screen,
  seeWhatOthersEnter,
  takeMondaysOff,
  window,
  workersOf,
} from "./scenario.mjs";
import { record, url, ways } from "./support.mjs";

const requests = record();
const client = connect(url);
const { show, until, failed } = screen();
const variables = { ...window, filter: { companyId }, first: 2 };
const watched = watchSchedule(client, variables, show, failed);

for (const count of [2, 4]) {
  const { pageInfo } = await until(({ edges }) => edges.length === count);
  assert.ok(pageInfo.hasNextPage);
  await watched.more(pageInfo.endCursor);
}
const whole = await until(({ edges }) => edges.length === 5);
assert.deepEqual(workersOf(whole), ["Ada", "Ben", "Cleo", "Dora", "Emil"]);
assert.equal(whole.pageInfo.hasNextPage, false);

const found = screen();
const named = { ...variables, filter: { companyId, name: "cle" } };
watchSchedule(client, named, found.show, found.failed);
assert.deepEqual(workersOf(await found.until(() => true)), ["Cleo"]);

const before = requests.length;
await takeMondaysOff({
  preview: (input) => preview(client, input),
  create: (input) => create(client, input),
  current: () => until(() => true),
  until,
  name: "Dora",
});
// The days of the answers were enough: nothing but the mutations was sent.
const sent = requests.slice(before);
assert.deepEqual(
  new Set(sent.map(({ sent }) => sent.operationName)),
  new Set(["CreatePersonTimeOff"]),
);
// The document goes at most once, then its hash.
assert.ok(ways(sent).filter((way) => way === "POST document").length <= 1);
assert.equal(ways(sent).at(-1), "POST hash");

await seeWhatOthersEnter({
  follow: () =>
    followDays(client, { company: companyId, ...window }, () => watched.again(), assert.fail),
  current: () => until(() => true),
  until,
  name: "Dora",
});
assert.equal((await until(() => true)).edges.length, 5);

// What fails is told by its code: a mistake in the request, what is no GraphQL, no server at all.
for (const [client, variable, code] of [
  [connect(url), { after: "nowhere" }, "BAD_USER_INPUT"],
  [connect(url.replace("/graphql", "/nowhere")), {}, "NOT_FOUND"],
  [connect("http://127.0.0.1:1/graphql"), {}, "NETWORK"],
]) {
  const { show, failed, failure } = screen();
  watchSchedule(client, { ...variables, ...variable }, show, failed);
  assert.equal(await failure, code);
}

watched.stop();
console.log("all passed");
process.exit(0);

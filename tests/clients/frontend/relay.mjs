// The Relay snippets of docs/frontend.md.

import assert from "node:assert/strict";
import { connect, create, followDays, preview, watchSchedule } from "./built/src/relay.js";
import {
  companyId,
  screen,
  seeWhatOthersEnter,
  takeMondaysOff,
  window,
  workersOf,
} from "./scenario.mjs";
import { record, url } from "./support.mjs";

const requests = record();
const environment = connect(url);
const variables = { ...window, filter: { companyId }, count: 2 };
const { show, until } = screen();
const watched = await watchSchedule(environment, variables, show);

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
await watchSchedule(environment, named, found.show);
assert.deepEqual(workersOf(await found.until(() => true)), ["Cleo"]);

const before = requests.length;
await takeMondaysOff({
  preview: (input) => preview(url, input),
  create: (input) => create(environment, input, variables),
  current: () => until(() => true),
  until,
  name: "Dora",
});
// The days of the answers were enough: nothing but a preview and four mutations was sent.
assert.equal(requests.length, before + 5);

await seeWhatOthersEnter({
  follow: () =>
    followDays(environment, { company: companyId, ...window }, () => watched.again(), assert.fail),
  current: () => until(() => true),
  until,
  name: "Dora",
});
assert.equal((await until(() => true)).edges.length, 5);

// What fails is told by its code.
for (const [address, filter, code] of [
  [url, { companyId: "nowhere" }, "BAD_USER_INPUT"],
  [url.replace("/graphql", "/nowhere"), {}, "NOT_FOUND"],
]) {
  await assert.rejects(
    watchSchedule(connect(address), { ...variables, filter }, () => {}),
    { code },
  );
}

watched.stop();
console.log("all passed");
process.exit(0);

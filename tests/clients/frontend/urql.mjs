// The urql snippets of docs/frontend.md.

import assert from "node:assert/strict";
import {
  connect,
  create,
  followDays,
  preview,
  readAgain,
  watchSchedule,
} from "./built/src/urql.js";
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
const { client, previews } = connect(url);
const variables = { ...window, filter: { companyId }, first: 2 };

// Page after page; each is watched by itself.
const pages = [];
const shownBy = [];
let after = null;
do {
  const page = screen();
  shownBy.push({ ...variables, after });
  watchSchedule(client, shownBy.at(-1), page.show, page.failed);
  const { pageInfo } = await page.until(() => true);
  pages.push(page);
  after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
} while (after);
const shown = await Promise.all(pages.map(({ until }) => until(() => true)));
assert.deepEqual(shown.map(workersOf), [["Ada", "Ben"], ["Cleo", "Dora"], ["Emil"]]);

const found = screen();
const named = { ...variables, filter: { companyId, name: "cle" } };
watchSchedule(client, named, found.show, found.failed);
assert.deepEqual(workersOf(await found.until(() => true)), ["Cleo"]);

const before = requests.length;
const [, second] = pages;
await takeMondaysOff({
  async preview(input) {
    const count = requests.length;
    const payload = await preview(previews, input);
    assert.equal(requests.length, count + 1); // and no page is asked for again
    return payload;
  },
  create: (input) => create(client, input),
  current: () => second.until(() => true),
  until: second.until,
  name: "Dora",
});
const asked = requests.slice(before).filter(({ sent }) => sent.operationName === "Schedule");
assert.ok(asked.length >= pages.length);
assert.ok(ways(asked).includes("POST hash"));

await seeWhatOthersEnter({
  follow: () => {
    const again = () => Promise.all(shownBy.map((each) => readAgain(client, each)));
    return followDays(client, { company: companyId, ...window }, again, assert.fail);
  },
  current: () => second.until(() => true),
  until: second.until,
  name: "Dora",
});

// What fails is told by its code.
for (const [address, variable, code] of [
  [url, { after: "nowhere" }, "BAD_USER_INPUT"],
  [url.replace("/graphql", "/nowhere"), {}, "NOT_FOUND"],
  ["http://127.0.0.1:1/graphql", {}, "NETWORK"],
]) {
  const { show, failed, failure } = screen();
  watchSchedule(connect(address).client, { ...variables, ...variable }, show, failed);
  assert.equal(await failure, code);
}

console.log("all passed");
process.exit(0);

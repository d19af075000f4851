// What is checked of every client that follows the change feed: history, news, and that nothing is
// missing or told twice when the connection was cut.

import assert from "node:assert/strict";
import { entry, url } from "./support.mjs";

async function ask(query, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()).data;
}

async function takeOff(user, day) {
  const create = `mutation Create($input: CreateTimeOffEntriesInput!) {
    createTimeOffEntries(input: $input) { userErrors { message } }
  }`;
  const { createTimeOffEntries } = await ask(create, { input: entry(user, day, 1) });
  assert.deepEqual(createTimeOffEntries.userErrors, []);
}

/** `follow(company, after)` yields edges of `changes`; `cut` ends the connections under it. */
export async function check(follow, cut, user) {
  const first = `{ companies(first: 1) { nodes { id } } }`;
  const company = (await ask(first)).companies.nodes[0].id;
  const start = `query Start($company: ID!) {
    changes(companyId: $company, first: 1) { edges { cursor node { sequence } } }
  }`;
  const [edge] = (await ask(start, { company })).changes.edges;

  const numbers = [Number(edge.node.sequence)];
  const following = follow(company, edge.cursor);
  const hear = async (isLast) => {
    for (;;) {
      const { value } = await following.next();
      numbers.push(Number(value.node.sequence));
      if (isLast(value.node)) return value;
    }
  };
  const isEntryOf = (day) => (node) => node.after?.requestedDate === day;

  await takeOff(user, "2034-03-06");
  await hear(isEntryOf("2034-03-06"));
  assert.ok(numbers.length > 20); // the history, which came first
  await takeOff(user, "2034-03-07");
  await hear(isEntryOf("2034-03-07"));

  cut();
  await takeOff(user, "2034-03-08");
  await takeOff(user, "2034-03-09");
  await hear(isEntryOf("2034-03-09"));
  await takeOff(user, "2034-03-10");
  await hear(isEntryOf("2034-03-10"));

  const all = Array.from({ length: numbers.length }, (_, place) => numbers[0] + place);
  assert.deepEqual(numbers, all);
  await following.return();

  // A cursor that means nothing is refused, not waited for.
  await assert.rejects(follow(company, "nonsense").next(), ({ code }) => code === "BAD_USER_INPUT");
}

// Apollo Client 4: its cache, its errors and its automatic persisted queries.

import assert from "node:assert/strict";
import { CombinedGraphQLErrors, gql } from "@apollo/client";
import { filter, firstValueFrom } from "rxjs";
import { entry, record, url, ways } from "./support.mjs";
// #region docs
import { createHash } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

function connect() {
  const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
  return new ApolloClient({
    cache: new InMemoryCache({ possibleTypes: { TimeOff: ["TimeOffEntry", "PersonTimeOff"] } }),
    link: persisted.concat(new HttpLink({ uri: url })),
  });
}
// #endregion

const ENTRY = gql`
  query Entry($id: ID!) {
    timeOffEntry(id: $id) {
      id
      requestedDate
      hours
      user {
        id
        fullName
      }
    }
  }
`;
const USERS = gql`
  query Users($after: String) {
    users(after: $after) {
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
const client = connect();
const create = async (hours) => {
  const answer = await client.mutate({
    mutation: CREATE,
    variables: { input: entry("101", "2031-03-05", hours) },
  });
  return answer.data.createTimeOffEntries;
};

// A mutation changes what a query shows, by the id of the entry and without another request.
const created = await create(3);
assert.deepEqual(created.userErrors, []);
const [{ id }] = created.timeOffEntries;
const shown = client.watchQuery({ query: ENTRY, variables: { id } });
const showing = (hours) =>
  firstValueFrom(shown.pipe(filter(({ data }) => data?.timeOffEntry?.hours === hours)));
await showing(3);
const before = requests.length;
const combined = await create(2);
assert.equal(combined.timeOffEntries[0].id, id);
await showing(5);
assert.equal(requests.length, before + 1);

// A refusal is data; a mistake in the request is an error with a code.
assert.deepEqual(await create(4), {
  __typename: "CreateTimeOffEntriesPayload",
  timeOffEntries: [],
  userErrors: [
    {
      __typename: "WorkdayHoursExceeded",
      code: "WORKDAY_HOURS_EXCEEDED",
      path: ["timeOffEntries", "0", "hours"],
    },
  ],
});
await assert.rejects(client.query({ query: USERS, variables: { after: "nowhere" } }), (error) => {
  assert.ok(CombinedGraphQLErrors.is(error));
  assert.equal(error.errors[0].extensions.code, "BAD_USER_INPUT");
  return true;
});

// Another client sends the hash alone, by GET, and is understood: the first one has told the
// document when it was asked for it.
const asked = ({ sent }) => sent.operationName === "Entry";
assert.deepEqual(ways(requests.filter(asked)), ["GET hash", "POST document"]);
const again = await connect().query({ query: ENTRY, variables: { id } });
assert.equal(again.data.timeOffEntry.hours, 5);
assert.deepEqual(ways(requests.filter(asked)), ["GET hash", "POST document", "GET hash"]);

client.stop();
console.log("all passed");

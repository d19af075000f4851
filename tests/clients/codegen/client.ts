// graphql-codegen: documents with the types of their variables and results, sent by their ids.

import { graphql } from "./generated";
// #region docs
import type { TypedDocumentString } from "./generated/graphql";

async function ask<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const documentId = document.__meta__?.hash; // "sha256:…"
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json",
    },
    body: JSON.stringify({ documentId, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) {
    throw new Error(errors[0].message);
  }
  return data;
}
// #endregion

declare const process: { argv: string[] };
const url = process.argv[2];

const create = graphql(`
  mutation Create($input: CreateTimeOffEntriesInput!) {
    createTimeOffEntries(input: $input) {
      timeOffEntries {
        id
        hours
        requestedDate
      }
      userErrors {
        __typename
        code
        ... on WorkdayHoursExceeded {
          possibleHours
        }
      }
    }
  }
`);

const timeOff = graphql(`
  query TimeOff($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on TimeOffEntry {
        hours
        user {
          id
          fullName
        }
      }
    }
  }
`);

function expect<Value>(is: Value, wanted: Value): void {
  if (JSON.stringify(is) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(is)} is not ${JSON.stringify(wanted)}`);
  }
}

async function createHours(hours: number) {
  const input = { timeOffEntries: [{ userId: "105", requestedDate: "2031-03-05", hours }] };
  return (await ask(create, { input })).createTimeOffEntries;
}

async function main(): Promise<void> {
  const [entry] = (await createHours(6)).timeOffEntries;
  expect([entry.hours, entry.requestedDate], [6, "2031-03-05"]);

  // `hours` and `user` are there only once __typename has said that it is an entry.
  const { node } = await ask(timeOff, { id: entry.id });
  expect(node?.__typename, "TimeOffEntry");
  if (node?.__typename === "TimeOffEntry") {
    expect([node.hours, node.user.fullName], [6, "User 105"]);
  }

  const [refusal] = (await createHours(3)).userErrors;
  expect(refusal.code, "WORKDAY_HOURS_EXCEEDED");
  if (refusal.__typename === "WorkdayHoursExceeded") {
    expect(refusal.possibleHours, 8);
  }
  console.log("all passed");
}

main().catch((error) => {
  console.error(error);
  throw error;
});

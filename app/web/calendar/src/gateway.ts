// The gateway's GraphQL endpoint, and what went wrong with it in words for people.

import { type AnyVariables, Client, CombinedError, type TypedDocumentNode, fetchExchange } from "@urql/core";

const mount = document.getElementById("calendar");

/** The application's root: with the prefix of a proxy, if there is one. */
export const ROOT = mount?.dataset["root"] ?? "";

// No cache: what others booked meanwhile is what people look here for.
const client = new Client({
  url: `${ROOT}/graphql`,
  exchanges: [fetchExchange],
  preferGetMethod: false,
});

/** What the gateway could not answer; the message says why, to the person at the screen. */
export class Failure extends Error {
  constructor(
    message: string,
    /** Where in what was asked, its parts joined by points; empty where the gateway names no place. */
    readonly place = "",
  ) {
    super(message);
  }
}

/** The end of a request that nobody waits for any more. */
export class Abandoned extends Error {}

export function query<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  return answered(client.query(document, variables), signal);
}

export function mutate<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  return answered(client.mutation(document, variables), signal);
}

interface Asked<Data> {
  subscribe(
    onResult: (result: { data?: Data | undefined; error?: CombinedError | undefined }) => void,
  ): { unsubscribe(): void };
}

function answered<Data>(asked: Asked<Data>, signal?: AbortSignal): Promise<Data> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Abandoned());
    const subscription = asked.subscribe(({ data, error }) => {
      if (error) reject(new Failure(inWords(error), placeOf(error)));
      else if (data) resolve(data);
    });
    signal?.addEventListener("abort", () => {
      subscription.unsubscribe();
      reject(new Abandoned());
    });
  });
}

function placeOf({ graphQLErrors }: CombinedError): string {
  const path = graphQLErrors[0]?.extensions["path"];
  return Array.isArray(path) ? path.join(".") : "";
}

function inWords({ graphQLErrors, networkError, response }: CombinedError): string {
  if (graphQLErrors.length) return graphQLErrors.map(({ message }) => message).join(" ");
  if (response?.status === 503) return "The gateway has too much to do right now.";
  if (response?.status) return `The gateway answered with status ${response.status}.`;
  return networkError
    ? "The gateway could not be reached. Is the network there?"
    : "The gateway gave no answer.";
}

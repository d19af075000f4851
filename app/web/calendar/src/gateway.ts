// The gateway's GraphQL endpoint, and what went wrong with it in words for people.

import { type AnyVariables, Client, CombinedError, type TypedDocumentNode, createRequest, fetchExchange } from "@urql/core";
import { t } from "./messages";

const mount = document.querySelector<HTMLElement>("[data-root]");

/** The application's root: with the prefix of a proxy, if there is one. */
export const ROOT = mount?.dataset["root"] ?? "";

/** The endpoint for WebSockets. */
export const SOCKET = new URL(`${ROOT}/graphql`, location.href).href.replace(/^http/, "ws");

// No cache: what others booked meanwhile is what people look here for.
const client = new Client({
  url: `${ROOT}/graphql`,
  exchanges: [fetchExchange],
  preferGetMethod: false,
});

/** The code of what was asked without a session, or with one that has ended. */
export const SIGNED_OUT = "UNAUTHENTICATED";

/** What the gateway could not answer; the message says why, to the person at the screen. */
export class Failure extends Error {
  constructor(
    message: string,
    /** Where in what was asked, its parts joined by points; empty where the gateway names no place. */
    readonly place = "",
    /** What it is for programs; empty where it was not the gateway that answered. */
    readonly code = "",
  ) {
    super(message);
  }

  static of(fault: unknown): Failure {
    return fault instanceof Failure ? fault : new Failure(fault instanceof Error ? fault.message : String(fault));
  }

  static from(error: CombinedError): Failure {
    return new Failure(inWords(error), placeOf(error), codeOf(error));
  }
}

let onSession = (_isSignedIn: boolean): void => undefined;

/** Be told by each answer whether the gateway knows who asks. */
export function watchSession(listener: (isSignedIn: boolean) => void): void {
  onSession = listener;
}

/** The end of a request that nobody waits for any more. */
export class Abandoned extends Error {}

let questions = 0;

export function query<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  // By a key of its own: urql would answer it by what an equal question gets that is under way, perhaps since
  // before the change for which it is asked anew.
  const request = { ...createRequest(document, variables), key: ++questions };
  return answered(client.executeQuery(request), signal);
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
    let isAnswered = false;
    const subscription = asked.subscribe(({ data, error }) => {
      isAnswered = true;
      const isSignedOut = error && codeOf(error) === SIGNED_OUT;
      if (isSignedOut || data) onSession(!isSignedOut);
      if (error) reject(Failure.from(error));
      else if (data) resolve(data);
      // Whoever stayed would have the same question answered by this again, at another time.
      queueMicrotask(() => subscription.unsubscribe());
    });
    signal?.addEventListener("abort", () => {
      if (isAnswered) return;
      subscription.unsubscribe();
      reject(new Abandoned());
    });
  });
}

function placeOf({ graphQLErrors }: CombinedError): string {
  const path = graphQLErrors[0]?.extensions["path"];
  return Array.isArray(path) ? path.join(".") : "";
}

function codeOf({ graphQLErrors }: CombinedError): string {
  const code = graphQLErrors[0]?.extensions["code"];
  return typeof code === "string" ? code : "";
}

/** Errors of the gateway's own that need no fact to be told. */
const PLAIN = [
  "BAD_REQUEST",
  "FORBIDDEN",
  "REQUEST_TOO_LARGE",
  "SERVICE_UNAVAILABLE",
  "OUTCOME_UNKNOWN",
  "ANSWER_INCOMPLETE",
  "OPERATION_TIMED_OUT",
] as const;

/** What only a page that the gateway does not fit any more is told, or one that is being written. */
const OTHER_VERSION = [
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "IDEMPOTENCY_KEY_NOT_TAKEN",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
];

function inWords(error: CombinedError): string {
  const { graphQLErrors, networkError, response } = error;
  const code = codeOf(error);
  if (code === SIGNED_OUT) return t("app.signedOut");
  const seconds = response?.status === 429 && Number(response.headers.get("Retry-After"));
  if (seconds) return t("failure.RATE_LIMITED", { seconds });
  if (code === "RATE_LIMITED") return t("failure.tooMuch");
  if (code === "INTERNAL_SERVER_ERROR") {
    return t("failure.INTERNAL_SERVER_ERROR", { id: String(graphQLErrors[0]?.extensions["errorId"] ?? "") });
  }
  const permission = graphQLErrors[0]?.extensions["permission"];
  if (code === "FORBIDDEN" && permission) return t("failure.permission", { permission: String(permission) });
  const plain = PLAIN.find((each) => each === code);
  if (plain) return t(`failure.${plain}`);
  if (OTHER_VERSION.includes(code)) return t("failure.otherVersion", { code });
  if (code === "BAD_USER_INPUT") return t("failure.BAD_USER_INPUT", { place: placeOf(error) || code });
  if (code === "CURSOR_EXPIRED") return t("refusal.CURSOR_EXPIRED");
  // A code that is newer than the page: what the gateway says of it is English.
  if (code) return t("failure.other", { code });
  const status = String(response?.status);
  if (response?.status === 401 || response?.status === 403) return t("failure.before", { status });
  // A proxy's page, for one: the request may have come to the gateway, or not.
  if (response && response.status >= 500) return t("failure.between", { status });
  if (response?.status) return t("failure.status", { status });
  return t(networkError ? "failure.unreachable" : "failure.noAnswer");
}

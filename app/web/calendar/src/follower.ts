// What others change, told as it happens: a subscription for each company, all on one WebSocket.
//
// Not Server-Sent Events: each of those is a connection, and a browser opens six of them to a host
// by HTTP/1.1, for all of its tabs together.

import { stringifyDocument } from "@urql/core";
import { type Client, createClient } from "graphql-ws";
import type { Day } from "./days";
import { SOCKET } from "./gateway";
import { DaysChangedDocument, type DaysChangedSubscription } from "./generated";
import type { Days } from "./view";

/** The gateway admits as many operations on a socket, unless it is told otherwise. */
export const MOST_COMPANIES = 20;

/** So long nothing may be heard before the connection is taken for lost, as after a sleep. */
const PING_MILLISECONDS = 10_000;
const PONG_MILLISECONDS = 5_000;
/** So long the gateway has to say that it tells. */
const BEGIN_MILLISECONDS = 15_000;
/** Until it is tried again: the first time, and at most. */
const FIRST_RETRY = 300;
const LAST_RETRY = 15_000;
/** Whoever was never let in, as by a proxy that knows no WebSockets, asks seldom. */
const LAST_RETRY_OF_STRANGERS = 120_000;
/** The credential has ended, or there is none. */
const CLOSED_TO_US = [4401, 4403];
const NOT_TO_BE_FOLLOWED = ["BAD_USER_INPUT", "FORBIDDEN", "GRAPHQL_VALIDATION_FAILED"];
const DOCUMENT = stringifyDocument(DaysChangedDocument);

export interface Wanted {
  companies: readonly string[];
  days: Days;
}

export interface Listener {
  /** From here on everything is told about the company; the rows that were read before may be old. */
  onBegun: (company: string) => void;
  /** Of these workers, or of everybody, days are otherwise now; an end that is missing is open. */
  onChanged: (workers: string[] | undefined, days: { from: Day | null; to: Day | null }) => void;
  /** Whether everything is told now. */
  onLive: (isLive: boolean) => void;
  /** The connection does not come about, or the gateway has ended it: perhaps the session is over. */
  onDoubt: () => void;
}

type Told = DaysChangedSubscription["daysChanged"];

interface Subscription {
  hasBegun: boolean;
  stop: () => void;
}

export class Follower {
  #wanted: Wanted = { companies: [], days: { first: "", last: "" } };
  #client: Client | undefined;
  readonly #subscriptions = new Map<string, Subscription>();
  /** The last cursor of each company: there it goes on. */
  readonly #cursors = new Map<string, string>();
  readonly #notToBeFollowed = new Set<string>();
  /** Of these something was missed: everything is to be read. */
  readonly #missed = new Set<string>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #begin: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #wasLive = false;

  constructor(private readonly listener: Listener) {}

  get isIdle(): boolean {
    return this.#subscriptions.size === 0;
  }

  /** Follow these days of these companies from now on, each from where it was left. */
  follow(wanted: Wanted): void {
    const isSame = wanted.days.first === this.#wanted.days.first && wanted.days.last === this.#wanted.days.last;
    for (const [company, { stop }] of this.#subscriptions) {
      if (isSame && wanted.companies.includes(company)) continue;
      this.#subscriptions.delete(company);
      stop();
    }
    this.#notToBeFollowed.clear();
    this.#wanted = wanted;
    this.goOn();
  }

  /** Subscribe to whatever is wanted and not followed. */
  goOn(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    for (const company of this.#companies()) {
      if (!this.#subscriptions.has(company)) this.#subscribe(company);
    }
    this.#tellWhetherLive();
  }

  /** Try at once what would be tried later: there may be a connection again. */
  hurry(): void {
    this.#failures = 0;
    if (this.#retry !== undefined) this.goOn();
    else if (this.#isWaiting()) this.#client?.terminate();
  }

  /** Leave the gateway alone; `follow` and `goOn` go on where this was. */
  pause(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#begin);
    this.#retry = undefined;
    this.#subscriptions.clear();
    const client = this.#client;
    this.#client = undefined;
    void client?.dispose();
    client?.terminate();
    this.#failures = 0;
    this.listener.onLive(false);
  }

  #companies(): string[] {
    return this.#wanted.companies.filter((company) => !this.#notToBeFollowed.has(company));
  }

  #subscribe(company: string): void {
    this.#client ??= connect();
    clearTimeout(this.#begin);
    this.#begin = setTimeout(() => this.#isWaiting() && this.#client?.terminate(), BEGIN_MILLISECONDS);
    const { first, last } = this.#wanted.days;
    const after = this.#cursors.get(company) ?? null;
    const subscription: Subscription = { hasBegun: false, stop: () => undefined };
    this.#subscriptions.set(company, subscription);
    const isCurrent = () => this.#subscriptions.get(company) === subscription;
    subscription.stop = this.#client.subscribe<DaysChangedSubscription>(
      { query: DOCUMENT, operationName: "DaysChanged", variables: { company, from: first, to: last, after } },
      {
        next: ({ data, errors }) => {
          if (!isCurrent()) return;
          if (data) this.#hear(company, subscription, after, data.daysChanged);
          else this.#lose(company, errors);
        },
        error: (fault) => isCurrent() && this.#lose(company, fault),
        // After its time, or because the caller's permissions have changed.
        complete: () => isCurrent() && this.#lose(company, undefined),
      },
    );
  }

  #hear(company: string, subscription: Subscription, after: string | null, { cursor, days, workers }: Told): void {
    this.#cursors.set(company, cursor);
    if (!workers || workers.length > 0) {
      this.listener.onChanged(
        workers?.map(({ id }) => id),
        days,
      );
      return;
    }
    subscription.hasBegun = true;
    this.#failures = 0;
    if (this.#missed.delete(company)) this.listener.onChanged(undefined, { from: null, to: null });
    else if (after === null) this.listener.onBegun(company);
    this.#tellWhetherLive();
  }

  #lose(company: string, fault: unknown): void {
    this.#subscriptions.delete(company);
    const code = codeOf(fault);
    if (code === "CURSOR_EXPIRED") {
      this.#cursors.delete(company);
      this.#missed.add(company);
    } else if (NOT_TO_BE_FOLLOWED.includes(code)) {
      this.#notToBeFollowed.add(company);
      this.#tellWhetherLive();
      return;
    }
    this.#tellWhetherLive();
    if (this.#retry !== undefined) return;
    const isClosed = isClosedToUs(fault);
    const most = this.#wasLive ? LAST_RETRY : LAST_RETRY_OF_STRANGERS;
    const usual = isClosed ? most : Math.min(most, FIRST_RETRY * 2 ** this.#failures);
    this.#retry = setTimeout(() => this.goOn(), usual * (0.5 + Math.random()));
    this.#failures += 1;
    const isUnexplained = fault !== undefined && !code && this.#failures > 1;
    if (isClosed || isUnexplained) this.listener.onDoubt();
  }

  /** Whether the gateway has yet to say of a subscription that it tells. */
  #isWaiting(): boolean {
    return [...this.#subscriptions.values()].some(({ hasBegun }) => !hasBegun);
  }

  #isLive(): boolean {
    return this.#companies().every((company) => this.#subscriptions.get(company)?.hasBegun);
  }

  #tellWhetherLive(): void {
    const isLive = this.#isLive();
    if (isLive) clearTimeout(this.#begin);
    this.#wasLive ||= isLive && this.#subscriptions.size > 0;
    this.listener.onLive(isLive);
  }
}

/** A client whose connection is lost as soon as a ping is not answered; it does not come back by itself. */
function connect(): Client {
  let silence: ReturnType<typeof setTimeout>;
  const client = createClient({
    url: SOCKET,
    retryAttempts: 0,
    // Between two views nothing is followed for a moment.
    lazyCloseTimeout: 3_000,
    connectionAckWaitTimeout: PING_MILLISECONDS,
    keepAlive: PING_MILLISECONDS,
    on: {
      ping: (isReceived) => {
        if (!isReceived) silence = setTimeout(() => client.terminate(), PONG_MILLISECONDS);
      },
      pong: (isReceived) => isReceived && clearTimeout(silence),
      closed: () => clearTimeout(silence),
    },
  });
  return client;
}

function isClosedToUs(fault: unknown): boolean {
  return fault instanceof CloseEvent && CLOSED_TO_US.includes(fault.code);
}

function codeOf(fault: unknown): string {
  const [first] = Array.isArray(fault) ? fault : [];
  const code: unknown = first?.extensions?.["code"];
  return typeof code === "string" ? code : "";
}

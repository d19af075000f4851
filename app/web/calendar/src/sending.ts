// A wish is sent, or tried only, and what the gateway says is put into words.

import { Failure, mutate } from "./gateway";
import {
  CreateEntriesDocument,
  type CreateEntriesMutation,
  CreatePersonTimeOffDocument,
  type CreatePersonTimeOffMutation,
  type HintFragment,
} from "./generated";
import { t } from "./messages";
import { hintInWords, toProblem } from "./refusals";
import type { Problem, Request, Wish } from "./wish";

/** What became of a request, or would become of it. */
export interface Answer {
  problems: Problem[];
  warnings: HintFragment[];
  days: BecomingDay[];
  /** Of a span. */
  instances: Instance[];
  /** Of entries, by their places. */
  outcomes: string[];
  /** What there is now of it: undefined of the other model, and of what was refused. */
  entries: EntriesPayload | undefined;
  record: SpanPayload["personTimeOff"] | undefined;
}

type EntriesPayload = CreateEntriesMutation["createTimeOffEntries"];
type SpanPayload = CreatePersonTimeOffMutation["createPersonTimeOff"];

export type Instance = NonNullable<SpanPayload["personTimeOff"]>["instances"][number];
export type BecomingDay = SpanPayload["days"][number];

export function preview(wish: Wish, request: Request, signal: AbortSignal): Promise<Answer> {
  return send(wish, request, { dryRun: true }, signal);
}

/** Carry it out. The same key again does nothing again, so that a retry is safe. */
export function create(wish: Wish, request: Request, idempotencyKey: string): Promise<Answer> {
  return send(wish, request, { idempotencyKey });
}

const NOTHING: Answer = {
  problems: [],
  warnings: [],
  days: [],
  instances: [],
  outcomes: [],
  entries: undefined,
  record: undefined,
};

export type How = { dryRun: true } | { idempotencyKey: string };

async function send(wish: Wish, request: Request, how: How, signal?: AbortSignal): Promise<Answer> {
  try {
    const { userErrors, warnings, ...others } = await asked(request, how, signal);
    return {
      ...others,
      warnings: warnings.map((each) => ({ ...each, message: hintInWords(each, wish) })),
      problems: userErrors.map((each) => toProblem(each, wish)),
    };
  } catch (fault) {
    return { ...NOTHING, problems: [unreadable(fault)] };
  }
}

/** What cannot even be read the gateway tells in GraphQL's words, which are for programs. */
export function unreadable(fault: unknown): Problem {
  if (!(fault instanceof Failure) || !fault.place.startsWith("input.")) throw fault;
  return { place: fault.place.slice("input.".length), message: t("refusal.unreadable") };
}

async function asked(request: Request, how: How, signal: AbortSignal | undefined) {
  if (request.model === "entries") {
    const answer = await mutate(CreateEntriesDocument, { input: { ...request.input, ...how } }, signal);
    const { results, ...others } = answer.createTimeOffEntries;
    const outcomes = results.map(({ outcome }): string => outcome);
    return { ...others, outcomes, instances: [], entries: answer.createTimeOffEntries, record: undefined };
  }
  const answer = await mutate(CreatePersonTimeOffDocument, { input: { ...request.input, ...how } }, signal);
  const { personTimeOff, ...others } = answer.createPersonTimeOff;
  const instances = personTimeOff?.instances ?? [];
  return { ...others, outcomes: [], instances, entries: undefined, record: personTimeOff };
}

/** A key that nobody else has; also where the page came without TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

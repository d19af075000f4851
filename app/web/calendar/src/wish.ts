// What somebody writes into the form, as either mutation wants it, and what the gateway says.

import { type Day, FIRST_DAY, LAST_DAY, addDays, isDay, weekday } from "./days";
import { Failure, mutate } from "./gateway";
import {
  CreateEntriesDocument,
  type CreatePersonTimeOffInput,
  CreatePersonTimeOffDocument,
  type CreatePersonTimeOffMutation,
  type CreateTimeOffEntriesInput,
  type HintFragment,
  type Repeat,
} from "./generated";
import { hintInWords, toProblem } from "./refusals";
import type { Worker } from "./schedule";

/** Far more weeks than the gateway has days for: what is above is a slip of the finger. */
export const MOST_CADENCE = 9999;

export type Model = "entries" | "span";

export interface EntryWish {
  day: Day;
  hours: string;
}

export interface SpanWish {
  startDay: Day;
  endDay: Day;
  batchStartTime: string;
  batchEndTime: string;
  isPaid: boolean;
  reason: string;
  repeat: Repeat;
  cadence: string;
  repeatEndDay: Day;
  applyToSaturday: boolean;
  applyToSunday: boolean;
}

export interface Wish {
  worker: Worker | undefined;
  model: Model;
  entries: EntryWish[];
  span: SpanWish;
}

/** What is wrong, and where: the place as the gateway writes it, its parts joined by points. */
export interface Problem {
  place: string;
  message: string;
}

export type Request =
  | { model: "entries"; input: CreateTimeOffEntriesInput }
  | { model: "span"; input: CreatePersonTimeOffInput };

/** What became of a request, or would become of it. */
export interface Answer {
  problems: Problem[];
  warnings: HintFragment[];
  days: BecomingDay[];
  /** Of a span. */
  instances: Instance[];
  /** Of entries, by their places. */
  outcomes: string[];
}

export type Instance = NonNullable<
  CreatePersonTimeOffMutation["createPersonTimeOff"]["personTimeOff"]
>["instances"][number];
export type BecomingDay = CreatePersonTimeOffMutation["createPersonTimeOff"]["days"][number];

/** Of a day on which nothing is free no hours are proposed: they would be refused. */
export function firstWish(worker: Worker | undefined, day: Day, freeHours: number): Wish {
  return {
    worker,
    model: worker && !worker.user ? "span" : "entries",
    entries: [{ day, hours: freeHours > 0 ? String(freeHours) : "" }],
    span: {
      startDay: day,
      endDay: day,
      batchStartTime: "08:00",
      batchEndTime: "16:00",
      isPaid: true,
      reason: "",
      repeat: "NEVER",
      cadence: "1",
      repeatEndDay: "",
      applyToSaturday: false,
      applyToSunday: false,
    },
  };
}

/** The same hours on the next day that is no weekend. */
export function nextEntry({ day, hours }: EntryWish): EntryWish {
  let next = addDays(day, 1);
  while (next && weekday(next) > 4) next = addDays(next, 1);
  return { day: next, hours };
}

/** What is not even a request yet. All else the gateway judges, for every client alike. */
export function problemsOf(wish: Wish): Problem[] {
  const who = missing("worker", wish.worker ? "known" : "", "Choose who is off.");
  return [...who, ...(wish.model === "entries" ? problemsOfEntries(wish.entries) : problemsOfSpan(wish.span))];
}

function problemsOfEntries(entries: EntryWish[]): Problem[] {
  return entries.flatMap(({ day, hours }, place) => [
    ...noDay(`timeOffEntries.${place}.requestedDate`, day, "Choose a day."),
    ...missing(`timeOffEntries.${place}.hours`, hours, "Say how many hours, such as 7.5."),
  ]);
}

function problemsOfSpan(span: SpanWish): Problem[] {
  const once = [
    ...noDay("startDay", span.startDay, "Choose the first day."),
    ...noDay("endDay", span.endDay, "Choose the last day."),
    ...missing("batchStartTime", span.batchStartTime, "Say when it starts."),
    ...missing("batchEndTime", span.batchEndTime, "Say when it ends."),
    ...missing("reason", span.reason.trim(), "Say why."),
  ];
  if (span.repeat === "NEVER") return once;
  return [
    ...once,
    ...noCount("cadence", span.cadence),
    ...noDay("repeatEndDay", span.repeatEndDay, "Choose until when."),
  ];
}

function missing(place: string, value: string, message: string): Problem[] {
  return value ? [] : [{ place, message }];
}

function noDay(place: string, value: Day, message: string): Problem[] {
  if (!value) return [{ place, message }];
  return isDay(value) ? [] : [{ place, message: `Choose a day between ${FIRST_DAY} and ${LAST_DAY}.` }];
}

function noCount(place: string, value: string): Problem[] {
  const count = Number(value);
  if (!value || !Number.isInteger(count) || count < 1) return [{ place, message: "A whole number from 1 on." }];
  return count <= MOST_CADENCE ? [] : [{ place, message: `A whole number of at most ${MOST_CADENCE}.` }];
}

/** The request, where nothing is missing. */
export function requestOf(wish: Wish): Request | undefined {
  const { worker } = wish;
  if (!worker || problemsOf(wish).length) return undefined;
  if (wish.model === "entries") {
    const userId = worker.user?.id ?? "";
    const timeOffEntries = wish.entries.map(({ day, hours }) => ({
      userId,
      requestedDate: day,
      hours: Number(hours),
    }));
    return { model: "entries", input: { timeOffEntries } };
  }
  const { cadence, repeatEndDay, ...others } = wish.span;
  const repeats = wish.span.repeat !== "NEVER";
  const ends = repeats ? { cadence: Number(cadence), repeatEndDay } : {};
  const ids = { companyId: worker.company.id, personId: worker.person?.id ?? "" };
  return { model: "span", input: { ...ids, ...others, ...ends } };
}

export function preview(wish: Wish, request: Request, signal: AbortSignal): Promise<Answer> {
  return send(wish, request, { dryRun: true }, signal);
}

/** Carry it out. The same key again does nothing again, so that a retry is safe. */
export function create(wish: Wish, request: Request, idempotencyKey: string): Promise<Answer> {
  return send(wish, request, { idempotencyKey });
}

type How = { dryRun: true } | { idempotencyKey: string };

async function send(wish: Wish, request: Request, how: How, signal?: AbortSignal): Promise<Answer> {
  try {
    const { userErrors, warnings, ...others } = await asked(request, how, signal);
    return {
      ...others,
      warnings: warnings.map((each) => ({ ...each, message: hintInWords(each, wish) })),
      problems: userErrors.map((each) => toProblem(each, wish)),
    };
  } catch (fault) {
    // What cannot even be read the gateway tells in GraphQL's words, which are for programs.
    if (!(fault instanceof Failure) || !fault.place.startsWith("input.")) throw fault;
    const place = fault.place.slice("input.".length);
    const problems = [{ place, message: "The gateway cannot read this." }];
    return { problems, warnings: [], days: [], instances: [], outcomes: [] };
  }
}

async function asked(request: Request, how: How, signal: AbortSignal | undefined) {
  if (request.model === "entries") {
    const answer = await mutate(CreateEntriesDocument, { input: { ...request.input, ...how } }, signal);
    const { results, ...others } = answer.createTimeOffEntries;
    return { ...others, outcomes: results.map(({ outcome }): string => outcome), instances: [] };
  }
  const answer = await mutate(CreatePersonTimeOffDocument, { input: { ...request.input, ...how } }, signal);
  const { personTimeOff, ...others } = answer.createPersonTimeOff;
  return { ...others, outcomes: [], instances: personTimeOff?.instances ?? [] };
}

/** A key that nobody else has; also where the page came without TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

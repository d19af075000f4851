// What somebody writes into the form, as either mutation wants it, and what the gateway says.

import { type Day, addDays, weekday } from "./days";
import { mutate } from "./gateway";
import {
  CreateEntriesDocument,
  type CreatePersonTimeOffInput,
  CreatePersonTimeOffDocument,
  type CreatePersonTimeOffMutation,
  type CreateTimeOffEntriesInput,
  type HintFragment,
  type RefusalFragment,
  type Repeat,
} from "./generated";
import type { Worker } from "./schedule";

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

export function firstWish(worker: Worker | undefined, day: Day, hours: number): Wish {
  return {
    worker,
    model: worker && !worker.user ? "span" : "entries",
    entries: [{ day, hours: String(hours) }],
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
export function missingOf(wish: Wish): Problem[] {
  if (!wish.worker) return [{ place: "worker", message: "Choose who is off." }];
  if (wish.model === "entries") {
    return wish.entries.flatMap(({ day, hours }, place) => [
      ...missing(`timeOffEntries.${place}.requestedDate`, day, "Choose a day."),
      ...missing(`timeOffEntries.${place}.hours`, hours, "Say how many hours."),
    ]);
  }
  const { startDay, endDay, batchStartTime, batchEndTime, reason, repeat, cadence, repeatEndDay } = wish.span;
  return [
    ...missing("startDay", startDay, "Choose the first day."),
    ...missing("endDay", endDay, "Choose the last day."),
    ...missing("batchStartTime", batchStartTime, "Say when it starts."),
    ...missing("batchEndTime", batchEndTime, "Say when it ends."),
    ...missing("reason", reason.trim(), "Say why."),
    ...(repeat === "NEVER" ? [] : missing("cadence", cadence, "Say how often.")),
    ...(repeat === "NEVER" ? [] : missing("repeatEndDay", repeatEndDay, "Choose until when.")),
  ];
}

function missing(place: string, value: string, message: string): Problem[] {
  return value ? [] : [{ place, message }];
}

/** The request, where nothing is missing. */
export function requestOf(wish: Wish): Request | undefined {
  const { worker } = wish;
  if (!worker || missingOf(wish).length) return undefined;
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

export function preview(request: Request, signal: AbortSignal): Promise<Answer> {
  return send(request, { dryRun: true }, signal);
}

/** Carry it out. The same key again does nothing again, so that a retry is safe. */
export function create(request: Request, idempotencyKey: string): Promise<Answer> {
  return send(request, { idempotencyKey });
}

async function send(
  request: Request,
  how: { dryRun: true } | { idempotencyKey: string },
  signal?: AbortSignal,
): Promise<Answer> {
  if (request.model === "entries") {
    const answer = await mutate(CreateEntriesDocument, { input: { ...request.input, ...how } }, signal);
    const { userErrors, results, ...others } = answer.createTimeOffEntries;
    const outcomes = results.map(({ outcome }) => outcome);
    return { ...others, outcomes, instances: [], problems: userErrors.map(toProblem) };
  }
  const answer = await mutate(CreatePersonTimeOffDocument, { input: { ...request.input, ...how } }, signal);
  const { userErrors, personTimeOff, ...others } = answer.createPersonTimeOff;
  const instances = personTimeOff?.instances ?? [];
  return { ...others, outcomes: [], instances, problems: userErrors.map(toProblem) };
}

function toProblem({ path, message }: RefusalFragment): Problem {
  const place = path.join(".");
  const isAboutWho = ["personId", "companyId"].includes(place) || place.endsWith(".userId");
  return { place: isAboutWho ? "worker" : place, message };
}

/** A key that nobody else has; also where the page came without TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

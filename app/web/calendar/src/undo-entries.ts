// How entries of Kantata become again what they were.

import type { Day } from "./days";
import { type DayEntry, type Reference, markOf } from "./entry";
import { mutate } from "./gateway";
import {
  CreateEntriesDocument,
  type CreateEntriesMutation,
  DeleteEntriesDocument,
  type ExternalReferenceInput,
  MoveEntryDocument,
  type TimeOffEntryInput,
  UpdateEntryDocument,
} from "./generated";
import { dayText } from "./formats";
import { t } from "./messages";
import type { Worker } from "./schedule";
import { type Answered, type Steps, type Undo, refuse } from "./undoing";
import { type EntryWish, firstWish } from "./wish";

/** So many the gateway deletes at a time. */
const MOST_DELETED = 100;

type Written = CreateEntriesMutation["createTimeOffEntries"];
type Version = Pick<Written["timeOffEntries"][number], "id" | "updatedAt">;

/** Entries that were made are deleted; where hours were added to what the day had they are taken off again. */
export function undoOfEntryCreate(worker: Worker, wished: EntryWish[], { timeOffEntries, results }: Written): Undo {
  const isNew = new Set(results.filter(({ outcome }) => outcome === "CREATED").map(({ timeOffEntry }) => timeOffEntry.id));
  const added = new Map<string, { hours: number; day: Day }>();
  for (const { index, timeOffEntry, outcome } of results) {
    const { day, hours } = wished[index] ?? { day: "", hours: "0" };
    const before = added.get(timeOffEntry.id)?.hours ?? 0;
    added.set(timeOffEntry.id, { day, hours: before + (outcome === "UNCHANGED" ? 0 : Number(hours)) });
  }
  const made = timeOffEntries.filter(({ id }) => isNew.has(id));
  const combined = timeOffEntries.filter(({ id }) => !isNew.has(id) && added.get(id)?.hours);
  const carryOut = async (steps: Steps) => {
    const updates = combined.map((entry) => {
      const { hours = 0, day = "" } = added.get(entry.id) ?? {};
      return updating(worker, day, entry, exact(entry.hours - hours));
    });
    const deletions = inParts(made).map((part) => deleting(worker, part.map(({ id }) => added.get(id)?.day ?? ""), part));
    return all(steps, [...updates, ...deletions]);
  };
  return { carryOut, lost: [] };
}

export function undoOfEntryEdit(worker: Worker, before: DayEntry, after: Version | null): Undo | undefined {
  if (!after) return undefined;
  const back = updating(worker, before.requestedDate, after, before.hours);
  return { carryOut: (steps) => all(steps, [back]), lost: [] };
}

/** It goes back as it came, with the hours that it had; what tied it to Procore does not come back. */
export function undoOfEntryMove(worker: Worker, before: DayEntry, after: Version | null): Undo | undefined {
  if (!after) return undefined;
  const { requestedDate: day, hours } = before;
  const input = { id: after.id, requestedDate: day, hours, ifUnchangedSince: after.updatedAt };
  const what = t("undo.hoursBack", { hours, day: dayText(day, day) });
  const back = { worker, day, what, send: (how: object) => sendMove({ ...input, ...how }) };
  const mark = markOf(before);
  const lost = mark ? [t("undo.referenceLost", { references: `${mark.serviceName} ${mark.serviceModel}` })] : [];
  return { carryOut: (steps) => all(steps, [back]), lost };
}

/** It comes back as a new entry, with its references as far as the viewer can read them. */
export function undoOfEntryDelete(worker: Worker, entry: DayEntry, readsReasons: boolean): Undo {
  return undoOfEntriesDelete(worker, [entry], readsReasons);
}

/** All of them come back so, by one request. */
export function undoOfEntriesDelete(worker: Worker, entries: DayEntry[], readsReasons: boolean): Undo {
  const made = entries.map((entry) => ({ entry, items: itemsOf(worker, entry) }));
  const items = made.flatMap((each) => each.items);
  const asked = writtenOf(worker, entries[0]?.requestedDate ?? "");
  const send = (how: object) =>
    mutate(CreateEntriesDocument, { input: { timeOffEntries: items, ...how } }).then((data) => data.createTimeOffEntries);
  const carryOut = async (steps: Steps) => {
    const foreseen = await steps.foresee(asked, send);
    const taken = foreseen && notAlone(foreseen, made)[0];
    if (taken) refuse(t("undo.hoursTaken", { day: dayText(taken, taken) }));
    const back = entries.map(({ hours, requestedDate: day }) => t("undo.hoursBack", { hours, day: dayText(day, day) }));
    const written = await steps.take(asked, back.join(" "), send);
    return notAlone(written, made).map((day) => t("undo.hoursAdded", { day: dayText(day, day) }));
  };
  const lost = made.flatMap(({ entry, items: own }) => {
    const kept = new Set(own.map(({ externalReference }) => externalReference?.serviceName));
    const notKept = entry.externalReferences.filter(({ serviceName }) => !kept.has(serviceName));
    return lostWith(entry, notKept, readsReasons);
  });
  return { carryOut, lost: [...new Set(lost)] };
}

/** The days on which somebody has recorded hours meanwhile: there the first item of an entry makes none. */
function notAlone({ results }: Written, made: { entry: DayEntry; items: TimeOffEntryInput[] }[]): Day[] {
  let first = 0;
  return made.flatMap(({ entry, items }) => {
    const own = results.find(({ index }) => index === first);
    first += items.length;
    return own?.outcome === "CREATED" ? [] : [entry.requestedDate];
  });
}

function lostWith({ externalReferences }: DayEntry, notKept: Reference[], readsReasons: boolean): string[] {
  const named = notKept.map(({ serviceName, serviceModel }) => `${serviceName} ${serviceModel}`).join(", ");
  const isBlind = !readsReasons && externalReferences.length > notKept.length;
  return [
    ...(named ? [t("undo.referenceLost", { references: named })] : []),
    ...(isBlind ? [t("undo.messageLost")] : []),
  ];
}

/** Items that make the entry anew: each reference with the hours that it brought, then the rest. */
function itemsOf(worker: Worker, { requestedDate, hours, externalReferences }: DayEntry): TimeOffEntryInput[] {
  const userId = worker.user?.id ?? "";
  const item = (each: number) => ({ userId, requestedDate, hours: each });
  const items: TimeOffEntryInput[] = [];
  let rest = hours;
  for (const each of externalReferences) {
    // A reference remembers what it brings, which cannot be more than there is, nor nothing.
    if (each.broughtHours <= 0 || exact(rest - each.broughtHours) < 0) continue;
    rest = exact(rest - each.broughtHours);
    items.push({ ...item(each.broughtHours), externalReference: toInput(each) });
  }
  return rest > 0 ? [...items, item(rest)] : items;
}

function toInput({ broughtHours: _brought, ...facts }: Reference): ExternalReferenceInput {
  return facts;
}

interface Act {
  worker: Worker;
  day: Day;
  what: string;
  send: (how: object) => Promise<Answered>;
}

/** All of them are tried before the first is carried out. */
async function all(steps: Steps, acts: Act[]): Promise<string[]> {
  for (const { worker, day, send } of acts) await steps.foresee(writtenOf(worker, day), send);
  for (const { worker, day, what, send } of acts) await steps.take(writtenOf(worker, day), what, send);
  return [];
}

function updating(worker: Worker, day: Day, { id, updatedAt }: Version, hours: number): Act {
  const input = { id, hours, ifUnchangedSince: updatedAt };
  const what = t("undo.hoursAgain", { day: dayText(day, day), hours });
  return { worker, day, what, send: (how) => sendUpdate({ ...input, ...how }) };
}

function sendUpdate(input: { id: string; hours: number; ifUnchangedSince: string }) {
  return mutate(UpdateEntryDocument, { input }).then((data) => data.updateTimeOffEntry);
}

function sendMove(input: { id: string; requestedDate: Day; hours: number; ifUnchangedSince: string }) {
  return mutate(MoveEntryDocument, { input }).then((data) => data.moveTimeOffEntry);
}

function deleting(worker: Worker, days: Day[], entries: Version[]): Act {
  const [day = ""] = days;
  const input = { ids: entries.map(({ id }) => id), ifUnchangedSince: entries.map(({ updatedAt }) => updatedAt) };
  const what = t("undo.entriesDeleted", { days: days.map((each) => dayText(each, day)).join(", ") });
  return { worker, day, what, send: (how) => sendDeletion({ ...input, ...how }) };
}

function sendDeletion(input: { ids: string[]; ifUnchangedSince: string[] }) {
  return mutate(DeleteEntriesDocument, { input }).then((data) => data.deleteTimeOffEntries);
}

function writtenOf(worker: Worker, day: Day) {
  return { worker, span: firstWish(worker, day, 0).span };
}

function inParts<Item>(items: Item[]): Item[][] {
  const parts = Array.from({ length: Math.ceil(items.length / MOST_DELETED) }, (_, part) => part * MOST_DELETED);
  return parts.map((first) => items.slice(first, first + MOST_DELETED));
}

/** Hours as the gateway counts them: whole seconds. */
function exact(hours: number): number {
  return Math.round(hours * 3600) / 3600;
}

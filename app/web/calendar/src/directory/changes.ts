// What a link or a split would change: who is one worker, and how their days are put together.

import { addDays, type Day, today, within } from "../days";
import type { LinkMutation } from "./generated";

export type Rejoined = Pick<LinkMutation["linkWorker"], "workersBefore" | "workersAfter">;
export type Side = Rejoined["workersBefore"][number];
type ComparedDay = NonNullable<Side["schedule"]>["days"][number];

export interface Difference {
  day: Day;
  kantata: number;
  procore: number;
}

export interface Changes {
  before: Side[];
  after: Side[];
  /** Days on which the systems would differ, and do not now. */
  differences: Difference[];
  /** So many days on which they differ now, and would not any more. */
  settled: number;
  /** So many days that both systems have would be one, or two. */
  together: number;
  apart: number;
}

/** The days that are compared: a quarter back, and the rest of a year. */
export function comparedDays(): { from: Day; to: Day } {
  return { from: within(addDays(today(), -91)), to: within(addDays(today(), 273)) };
}

export function changesOf({ workersBefore, workersAfter }: Rejoined): Changes {
  const before = workersBefore.flatMap(daysOf);
  const after = workersAfter.flatMap(daysOf);
  const keysBefore = new Set(before.filter(differs).map(keyOf));
  const keysAfter = new Set(after.filter(differs).map(keyOf));
  const fresh = after.filter((day) => differs(day) && !keysBefore.has(keyOf(day)));
  const twoBefore = new Set(before.filter(isOfBoth).map(keyOf));
  const twoAfter = new Set(after.filter(isOfBoth).map(keyOf));
  return {
    before: workersBefore,
    after: workersAfter,
    differences: fresh.map(toDifference).sort((one, other) => (one.day < other.day ? -1 : 1)),
    settled: minus(keysBefore, keysAfter),
    together: minus(twoAfter, twoBefore),
    apart: minus(twoBefore, twoAfter),
  };
}

type Compared = ComparedDay & { worker: string };

function daysOf({ id, schedule }: Side): Compared[] {
  return (schedule?.days ?? []).map((day) => ({ ...day, worker: id }));
}

const differs = ({ discrepancy }: ComparedDay) => discrepancy !== null;
const keyOf = ({ date, worker }: Compared) => `${date} ${worker}`;
/** Kantata does not say whether time off is paid; Procore always does. */
const isOfKantata = ({ isPaid }: ComparedDay["contributions"][number]) => isPaid === null;
const isOfBoth = ({ contributions }: ComparedDay) =>
  contributions.some(isOfKantata) && !contributions.every(isOfKantata);

function minus(these: Set<string>, others: Set<string>): number {
  return [...these].filter((each) => !others.has(each)).length;
}

function toDifference({ date, workdayHours, paidHours, unpaidHours, contributions }: Compared): Difference {
  const kantata = contributions.filter(isOfKantata).reduce((sum, { hours }) => sum + hours, 0);
  return { day: date, kantata: Math.min(kantata, workdayHours), procore: paidHours + unpaidHours };
}

// Collects what has changed until it is read anew: soon where little happens, seldom where much does.

import type { Day } from "./days";
import type { Days } from "./view";

/** What changes together is read together. */
const GATHER_MILLISECONDS = 100;
/** Between two readings, where changes do not end. */
const LEAST_PAUSE = 500;
const MOST_PAUSE = 5_000;
const MOST_PAUSE_OF_FAILURES = 60_000;
/** The pause after a reading, by how long it took: two thirds of the time nothing is read. */
const PAUSE_BY_READING = 2;
/** Everybody's days are read anew by every page that is open: not by all of them at once. */
const SPREAD_MILLISECONDS = 400;

/** What is to be read anew: days of these workers, or of everybody. */
export interface News {
  workers: string[] | undefined;
  days: Days;
}

/** Read it and return true, or false where it has to wait; what fails is tried again. */
export type Read = (news: News) => Promise<boolean>;

export class Rereading {
  #isOfAll = false;
  readonly #workers = new Set<string>();
  #days: Days | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  #pause = GATHER_MILLISECONDS;
  #readAt = -Infinity;

  constructor(
    private readonly read: Read,
    private readonly onBehind: (isBehind: boolean) => void,
  ) {}

  add(news: News): void {
    this.#keep(news);
    this.goOn();
  }

  /** Everything is read anyhow. */
  forget(): void {
    this.#isOfAll = false;
    this.#workers.clear();
    this.#days = undefined;
  }

  /** See to what is left, also what could not be read before. */
  goOn(): void {
    if (!this.#days || this.#timer !== undefined || this.#isReading) return;
    const now = performance.now();
    if (now > this.#readAt + this.#pause) this.#pause = GATHER_MILLISECONDS;
    const spread = this.#isOfAll ? Math.random() * SPREAD_MILLISECONDS : 0;
    const wait = Math.max(GATHER_MILLISECONDS + spread, this.#readAt + this.#pause - now);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#go();
    }, wait);
  }

  async #go(): Promise<void> {
    const days = this.#days;
    if (!days) return;
    const news = { workers: this.#isOfAll ? undefined : [...this.#workers], days };
    this.forget();
    this.#isReading = true;
    const startedAt = performance.now();
    const isDone = await this.read(news).catch(() => undefined);
    this.#readAt = performance.now();
    this.#isReading = false;
    const took = this.#readAt - startedAt;
    const most = isDone === undefined ? MOST_PAUSE_OF_FAILURES : MOST_PAUSE;
    const longer = Math.min(most, Math.max(LEAST_PAUSE, 2 * this.#pause));
    this.#pause = Math.max(PAUSE_BY_READING * took, longer);
    this.onBehind(isDone === undefined);
    if (!isDone) this.#keep(news);
    // Whoever could not read yet says when it can be tried again.
    if (isDone !== false) this.goOn();
  }

  #keep({ workers, days }: News): void {
    if (!workers) this.#isOfAll = true;
    workers?.forEach((id) => this.#workers.add(id));
    this.#days = this.#days ? hull(this.#days, days) : days;
  }
}

function hull(one: Days, other: Days): Days {
  return { first: least(one.first, other.first), last: one.last > other.last ? one.last : other.last };
}

function least(one: Day, other: Day): Day {
  return one < other ? one : other;
}

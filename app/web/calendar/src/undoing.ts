// Taking back what one has done: a few requests in order, of which each says what the record must still be.

import { Failure } from "./gateway";
import type { RevisionRefusalFragment } from "./generated";
import { type Written, toProblem } from "./refusals";
import type { Worker } from "./schedule";
import { newKey } from "./sending";

/** What was done is told, with the way to take it back; without one where nothing was changed. */
export type Done = (worker: Worker, what: string, undo?: Undo) => Promise<void>;

export interface Undo {
  /** Carry it out; what is not as it was afterwards is returned in words. */
  carryOut: (steps: Steps) => Promise<string[]>;
  /** What will not come back, in words. */
  lost: string[];
}

/** What became of it. */
export type Outcome =
  | { kind: "undone"; unlike: string[] }
  /** It is refused: nothing, or nothing more than what was done by then, is taken back. */
  | { kind: "refused"; why: string; done: string[] }
  /** Nobody knows what became of the last request: it can be sent again. */
  | { kind: "failed"; failure: Failure; done: string[] };

/** A payload of a mutation. */
export interface Answered {
  userErrors: RevisionRefusalFragment[];
}

class RefusedStep extends Error {}

/** Refuse it without asking the gateway. */
export function refuse(why: string): never {
  throw new RefusedStep(why);
}

/** The requests of one undo. Those that were answered are not sent again when it is tried again. */
export class Steps {
  private readonly answers: unknown[] = [];
  private readonly keys: string[] = [];
  private place = 0;
  private done: string[] = [];

  constructor(private readonly undo: Undo) {}

  async run(): Promise<Outcome> {
    this.place = 0;
    this.done = [];
    try {
      return { kind: "undone", unlike: await this.undo.carryOut(this) };
    } catch (fault) {
      const { done } = this;
      if (fault instanceof RefusedStep) return { kind: "refused", why: fault.message, done };
      return { kind: "failed", failure: Failure.of(fault), done };
    }
  }

  /** Send a request, and note what is done by it. Its key is the same however often it is tried. */
  async take<Payload extends Answered>(
    written: Written,
    what: string,
    send: (how: { idempotencyKey: string }) => Promise<Payload>,
  ): Promise<Payload> {
    const place = this.place++;
    this.keys[place] ??= newKey();
    const payload = (this.answers[place] as Payload | undefined) ?? (await send({ idempotencyKey: this.keys[place] }));
    refuseRefused(payload, written);
    this.answers[place] = payload;
    this.done.push(what);
    return payload;
  }

  /** Try a request before anything is changed: what is refused of it is refused of all. */
  async foresee<Payload extends Answered>(
    written: Written,
    send: (how: { dryRun: true }) => Promise<Payload>,
  ): Promise<Payload | undefined> {
    // Once something was sent, what was foreseen may not be so any more.
    if (this.keys.length > 0) return undefined;
    const payload = await send({ dryRun: true });
    refuseRefused(payload, written);
    return payload;
  }
}

function refuseRefused({ userErrors }: Answered, written: Written): void {
  if (userErrors.length > 0) refuse(userErrors.map((each) => toProblem(each, written).message).join(" "));
}

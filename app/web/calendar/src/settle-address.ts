// How the address says that the differences are looked at, and which of them.

import type { DiscrepancyKind } from "./generated";

export const KINDS_OF_DIFFERENCE = [
  "ONLY_IN_KANTATA_OX",
  "ONLY_IN_PROCORE_WORKFORCE_PLANNING",
  "HOURS_DIFFER",
] as const satisfies readonly DiscrepancyKind[];

export interface Settling {
  /** Only those of the kind. */
  kind: DiscrepancyKind | undefined;
  /** Also those of which somebody has said that they are to stay. */
  withStaying: boolean;
}

export const EVERY_DIFFERENCE: Settling = { kind: undefined, withStaying: false };

export function readSettling(said: URLSearchParams): Settling | undefined {
  if (said.get("settle") !== "1") return undefined;
  return {
    kind: KINDS_OF_DIFFERENCE.find((kind) => kind === said.get("differ")),
    withStaying: said.get("stay") === "1",
  };
}

export function writeSettling(said: URLSearchParams, settling: Settling | undefined): void {
  if (!settling) return;
  said.set("settle", "1");
  if (settling.kind) said.set("differ", settling.kind);
  if (settling.withStaying) said.set("stay", "1");
}

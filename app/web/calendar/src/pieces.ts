// What is much to draw is drawn a piece each frame, so that scrolling, typing and what others change never wait for all of it.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Day } from "./days";
import type { Row } from "./schedule";

/** So many days are drawn in a frame, beside the row that has the focus. */
const CELLS_OF_A_FRAME = 400;

export interface Piece {
  index: number;
  row: Row;
  /** Whether its days are drawn by now; of the others only the name is. */
  isWhole: boolean;
}

interface Wanted {
  /** Those in sight, by their places. */
  places: number[];
  rows: Row[];
  days: Day[];
  /** The place of the row that is never put off: where the focus is, or goes to. */
  first: number;
  /** Whether everything is needed at once, as on paper. */
  isAll: boolean;
}

/** The rows in sight: those that are new, or otherwise than they were, a few each frame. */
export function usePieces({ places, rows, days, first, isAll }: Wanted): Piece[] {
  const [, goOn] = useReducer<number, void>((turn) => turn + 1, 0);
  const drawn = useRef({ days, rows: new Map<string, Row>() });
  const before = areSame(drawn.current.days, days) ? drawn.current.rows : new Map<string, Row>();
  const drawing = inThisFrame();
  let left = Math.max(1, Math.floor(CELLS_OF_A_FRAME / days.length)) - drawing.rows;
  let isMore = false;
  const pieces = places.flatMap((index): Piece[] => {
    const row = rows[index];
    if (!row) return [];
    const known = before.get(row.worker.id);
    if (isAll || index === first || known === row || left > 0) {
      if (known !== row) {
        left -= 1;
        drawing.rows += 1;
      }
      return [{ index, row, isWhole: true }];
    }
    isMore = true;
    return [{ index, row: known ?? row, isWhole: known !== undefined }];
  });
  useLayoutEffect(() => {
    drawn.current = { days, rows: new Map(pieces.flatMap(({ row, isWhole }) => (isWhole ? [[row.worker.id, row]] : []))) };
  });
  useLayoutEffect(() => {
    if (!isMore) return undefined;
    const frame = requestAnimationFrame(() => goOn());
    return () => cancelAnimationFrame(frame);
  });
  return pieces;
}

/** Scrolling and what was put off draw in one frame, and share what may be drawn in it. */
let latest: { frame: CSSNumberish | null; rows: number } = { frame: null, rows: 0 };

/** How many rows the frame has drawn by now. */
function inThisFrame(): { rows: number } {
  const frame = document.timeline.currentTime;
  if (frame === null || frame !== latest.frame) latest = { frame, rows: 0 };
  return latest;
}

/**
 * What was there, until a frame comes that draws no rows: what follows from many rows is drawn when the rows are, and never
 * while somebody scrolls. Other days are there at once.
 */
export function useLater<Shown extends { days: Day[] }>(shown: Shown, changes: unknown[]): Shown {
  const [later, setLater] = useState(shown);
  useEffect(() => {
    let frame = 0;
    const wait = () => {
      frame = requestAnimationFrame(() => (inThisFrame().rows > 0 ? wait() : setLater(shown)));
    };
    wait();
    return () => cancelAnimationFrame(frame);
  }, changes);
  return areSame(later.days, shown.days) ? later : shown;
}

/** Days on end are the same where they begin on the same day, and are as many. */
function areSame(one: Day[], other: Day[]): boolean {
  return one[0] === other[0] && one.length === other.length;
}

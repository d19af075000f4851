// Days on end of a worker, chosen in the grid: with the mouse, with a finger after a long press, so that a
// page can still be scrolled, or with Shift and the arrows.
//
// Of libraries for dragging none knows cells of a virtual grid without an element around each of them.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Day, daysBetween } from "./days";
import { spanText } from "./formats";
import { t } from "./messages";
import { type Place, cellAt, placeOf } from "./places";
import type { Row, Worker } from "./schedule";

/** What becomes of the days. */
export interface Ranging {
  /** Whether days of the worker are to be chosen at all. */
  may: (worker: Worker) => boolean;
  /** More than one day is being chosen. */
  onStart: () => void;
  onPick: (worker: Worker, first: Day, last: Day) => void;
}

interface Choice {
  worker: Worker;
  /** Where it began. */
  from: Day;
  to: Day;
}

interface About extends Ranging {
  scroller: RefObject<HTMLElement | null>;
  rows: Row[];
  days: Day[];
  /** Go to a cell, which gets the focus. */
  move: (place: Place) => void;
}

export function useDayDrag(about: About) {
  const [choice, setChoice] = useState<Choice>();
  const latest = useRef({ ...about, choice });
  latest.current = { ...about, choice };
  /** Where a finger pressed long enough; it may go on from there. */
  const pressed = useRef<Place>(undefined);
  const isTouched = useRef(false);
  const { scroller, rows, days } = about;
  const row = rows.findIndex(({ worker }) => worker.id === choice?.worker.id);
  const [first, last] = choice ? inOrder(choice) : ["", ""];
  useMarks("aria-selected", scroller, row, days.indexOf(first) + 1, days.indexOf(last) + 1);

  const extend = (from: Place, column: number) => {
    const { rows, days, choice, may, onStart } = latest.current;
    const worker = rows[from.row]?.worker;
    const [begin, end] = [days[from.column - 1], days[column - 1]];
    if (!worker || !begin || !end || !may(worker)) return;
    if (!choice && column === from.column) return;
    if (!choice) onStart();
    setChoice({ worker, from: choice?.from ?? begin, to: end });
  };
  const leave = () => setChoice(undefined);
  const pick = () => {
    const { choice, rows, days, move, onPick } = latest.current;
    if (!choice) return;
    leave();
    const [first, last] = inOrder(choice);
    const row = rows.findIndex(({ worker }) => worker.id === choice.worker.id);
    if (row >= 0) move({ row, column: days.indexOf(first) + 1 });
    onPick(choice.worker, first, last);
  };
  useEffect(() => leave(), [days[0], days.length]);
  useEffect(() => {
    const place = scroller.current;
    if (!place) return undefined;
    const stopMouse = listenToMouse(place, { extend, leave, pick, isChosen: () => latest.current.choice !== undefined });
    const stopTouch = listenToTouch(place, { extend, leave, pick, pressed, isTouched });
    return () => {
      stopMouse();
      stopTouch();
    };
  }, []);
  return {
    isChoosing: choice !== undefined,
    /** A long press was on the cell. */
    press: (at: Place) => {
      if (isTouched.current) pressed.current = at;
    },
    /** True where the key was for the choice of days. */
    takeKey: (event: KeyboardEvent, at: Place): boolean => {
      const step = stepOf(event);
      const worker = rows[at.row]?.worker;
      if (step && worker && days[at.column - 1] && about.may(worker)) {
        const column = Math.max(1, Math.min(at.column + step, days.length));
        extend(at, column);
        about.move({ row: at.row, column });
      } else if (choice && (event.key === "Enter" || isLetterN(event))) pick();
      else if (choice && event.key === "Escape") leave();
      else if (isLetterN(event) && worker && days[at.column - 1] && about.may(worker)) {
        about.onPick(worker, days[at.column - 1]!, days[at.column - 1]!);
      } else {
        if (event.key !== "Shift") leave();
        return false;
      }
      event.preventDefault();
      return true;
    },
    said: (
      <p class="choosing-said" role="status">
        {choice && t("drag.selected", { days: daysBetween(first, last) + 1, span: spanText(first, last, first) })}
      </p>
    ),
  };
}

function inOrder({ from, to }: Choice): [Day, Day] {
  return from < to ? [from, to] : [to, from];
}

function stepOf({ key, shiftKey }: KeyboardEvent): number {
  if (!shiftKey) return 0;
  return { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
}

function isLetterN({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === "n" && !ctrlKey && !metaKey && !altKey;
}

/** The cells are marked in the page itself: rendering all of a row at each step would be slow. */
export function useMarks(name: string, scroller: RefObject<HTMLElement | null>, row: number, first: number, last = first): void {
  useLayoutEffect(() => {
    const cells = scroller.current?.querySelector(`[data-row="${row}"]`)?.children ?? [];
    const marked = first > 0 && last > 0 ? Array.from(cells).slice(first, last + 1) : [];
    marked.forEach((cell) => cell.setAttribute(name, "true"));
    return () => marked.forEach((cell) => cell.removeAttribute(name));
  }, [row, first, last]);
}

/** The day's cell of that row below a point; a hand does not stay within a row. */
function columnAt(scroller: HTMLElement, { row }: Place, x: number): number | undefined {
  const cells = Array.from(scroller.querySelector(`[data-row="${row}"]`)?.children ?? []);
  const column = cells.findIndex((cell) => {
    const { left, right } = cell.getBoundingClientRect();
    return cell.classList.contains("cell") && left <= x && x < right;
  });
  if (column < 0) return undefined;
  cells[column]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return column;
}

interface Choosing {
  extend: (from: Place, column: number) => void;
  leave: () => void;
  pick: () => void;
}

function listenToMouse(scroller: HTMLElement, asked: Choosing & { isChosen: () => boolean }): () => void {
  const { extend, leave, pick, isChosen } = asked;
  let start: Place | undefined;
  const down = ({ target, button, pointerType }: PointerEvent) => {
    const cell = button === 0 && pointerType !== "touch" ? cellAt(target) : null;
    start = cell?.classList.contains("cell") ? placeOf(cell) : undefined;
    leave();
  };
  const move = (event: PointerEvent) => {
    if (!start || event.pointerType === "touch") return;
    if (!(event.buttons & 1)) start = undefined;
    const column = start && columnAt(scroller, start, event.clientX);
    if (start && column !== undefined) extend(start, column);
  };
  const up = () => {
    if (!start) return;
    start = undefined;
    if (!isChosen()) return;
    // The click that follows is the end of the drag.
    const swallow = (event: Event) => event.stopPropagation();
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, true));
    pick();
  };
  const escape = ({ key }: KeyboardEvent) => {
    if (key !== "Escape" || !start) return;
    start = undefined;
    leave();
  };
  scroller.addEventListener("pointerdown", down);
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("keydown", escape);
  return () => {
    scroller.removeEventListener("pointerdown", down);
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("keydown", escape);
  };
}

interface Touching extends Choosing {
  pressed: RefObject<Place | undefined>;
  isTouched: RefObject<boolean>;
}

/** Only after a long press: what moves at once scrolls, as everywhere. */
function listenToTouch(scroller: HTMLElement, { extend, leave, pick, pressed, isTouched }: Touching): () => void {
  let isMoved = false;
  const start = () => {
    isTouched.current = true;
    isMoved = false;
    pressed.current = undefined;
  };
  const move = (event: TouchEvent) => {
    const { current: from } = pressed;
    const [finger] = event.touches;
    if (!from || !finger) return;
    event.preventDefault();
    const column = columnAt(scroller, from, finger.clientX);
    if (column === undefined || (column === from.column && !isMoved)) return;
    isMoved = true;
    extend(from, column);
  };
  const end = (event: TouchEvent) => {
    isTouched.current = false;
    pressed.current = undefined;
    if (!isMoved) return;
    if (event.type === "touchend") {
      event.preventDefault();
      pick();
    } else leave();
  };
  scroller.addEventListener("touchstart", start, { passive: true });
  scroller.addEventListener("touchmove", move, { passive: false });
  scroller.addEventListener("touchend", end);
  scroller.addEventListener("touchcancel", end);
  return () => {
    scroller.removeEventListener("touchstart", start);
    scroller.removeEventListener("touchmove", move);
    scroller.removeEventListener("touchend", end);
    scroller.removeEventListener("touchcancel", end);
  };
}

// Which days are in sight: beside the names and sums, not below them.

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Day } from "./days";
import type { Viewing } from "./view";

/** Who has swiped to some day looks at it once the days stand still. */
const RESTING_MILLISECONDS = 150;

/** The day that is looked at is one in sight: another view is then around that one. */
export function useDayInSight(scroller: RefObject<HTMLElement | null>, days: Day[], viewing: Viewing): void {
  const latest = useRef({ days, viewing });
  latest.current = { days, viewing };
  useEffect(() => {
    const place = scroller.current;
    if (!place) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    let before = place.scrollLeft;
    const rest = () => {
      const { days, viewing } = latest.current;
      const inSight = daysInSight(place, days);
      const middle = inSight[Math.floor(inSight.length / 2)];
      if (middle && days.includes(viewing.lookedAt()) && !inSight.includes(viewing.lookedAt())) viewing.look(middle);
    };
    const onScroll = () => {
      if (place.scrollLeft === before) return;
      before = place.scrollLeft;
      clearTimeout(timer);
      timer = setTimeout(rest, RESTING_MILLISECONDS);
    };
    place.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      clearTimeout(timer);
      place.removeEventListener("scroll", onScroll);
    };
  }, []);
}

function daysInSight(scroller: HTMLElement, days: Day[]): Day[] {
  const { left, right } = uncovered(scroller);
  const headers = scroller.querySelector(".days")?.children;
  return days.filter((_, place) => {
    const box = headers?.[place + 1]?.getBoundingClientRect();
    const middle = box ? (box.left + box.right) / 2 : -1;
    return middle > left && middle < right;
  });
}

function uncovered(scroller: HTMLElement): { left: number; right: number } {
  const { scrollPaddingLeft, scrollPaddingRight } = getComputedStyle(scroller);
  const edge = scroller.getBoundingClientRect().left;
  return {
    left: edge + parseFloat(scrollPaddingLeft),
    right: edge + scroller.clientWidth - parseFloat(scrollPaddingRight),
  };
}

/** Scroll sideways, and only if need be, until the cell is in the middle of what is not covered. */
export function bringIntoSight(scroller: HTMLElement, cell: Element): void {
  const { left, right } = uncovered(scroller);
  const box = cell.getBoundingClientRect();
  if (box.left < left || box.right > right) scroller.scrollLeft += (box.left + box.right - left - right) / 2;
}

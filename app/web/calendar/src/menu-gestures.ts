// The ways in which people ask for the menu of a cell: the right button, a long press, and keys.

import { useRef } from "preact/hooks";

export interface Point {
  x: number;
  y: number;
}

/** Say whether there is a menu for the target; where there is none the browser's own stays. */
type Ask = (about: Pick<Event, "target">, at: Point) => boolean;

const LONG_PRESS_MILLISECONDS = 500;
/** A finger that moves farther scrolls. */
const STILL_PIXELS = 10;

/** For the element around the cells. */
export function useMenuGestures(ask: Ask) {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; at: Point } | undefined>(undefined);
  const isClickLeft = useRef(false);
  const forget = () => {
    clearTimeout(press.current?.timer);
    press.current = undefined;
  };
  return {
    /** True where the key was for the menu. */
    takeKey: (event: KeyboardEvent): boolean => {
      if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return false;
      const box = (event.target as Element).getBoundingClientRect();
      if (ask(event, { x: box.left, y: box.bottom })) event.preventDefault();
      return true;
    },
    handlers: {
      onContextMenu: (event: MouseEvent) => {
        forget();
        if (ask(event, { x: event.clientX, y: event.clientY })) event.preventDefault();
      },
      // Not every browser asks for a menu by a long press.
      onPointerDown: (event: PointerEvent) => {
        forget();
        isClickLeft.current = false;
        if (event.pointerType !== "touch" || !event.isPrimary) return;
        const at = { x: event.clientX, y: event.clientY };
        const { target } = event;
        const timer = setTimeout(() => {
          isClickLeft.current = ask({ target }, at);
        }, LONG_PRESS_MILLISECONDS);
        press.current = { timer, at };
      },
      onPointerMove: (event: PointerEvent) => {
        const { x = 0, y = 0 } = press.current?.at ?? {};
        if (Math.hypot(event.clientX - x, event.clientY - y) > STILL_PIXELS) forget();
      },
      onPointerUp: forget,
      onPointerCancel: forget,
      // The finger that is lifted after a long press clicks on what is below it.
      onClickCapture: (event: MouseEvent) => {
        if (!isClickLeft.current) return;
        isClickLeft.current = false;
        event.stopPropagation();
      },
    },
  };
}

// The menu of a cell: what can be done with the time off of a worker's day.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Day } from "./days";
import { dayInFull } from "./formats";
import type { Cell } from "./kinds";
import { t } from "./messages";
import type { Point } from "./menu-gestures";
import type { Worker } from "./schedule";

export type CellAct = "edit" | "move" | "copy" | "delete" | "new" | "day";

export interface MenuOf {
  worker: Worker;
  day: Day;
  /** Whether something is recorded there. */
  hasRecords: boolean;
  at: Point;
}

const NAMES = {
  edit: "record.edit",
  move: "record.move",
  copy: "record.copy",
  delete: "record.delete",
  new: "cellMenu.new",
  day: "cellMenu.day",
} as const;

/** What counts to nothing, as on a holiday, has a note. */
export function hasRecords({ hoursOff, classes }: Cell): boolean {
  return hoursOff > 0 || classes.split(" ").includes("noted");
}

interface Properties {
  menu: MenuOf;
  onAct: (act: CellAct) => void;
  /** It goes without an act; the focus goes back to the cell unless it went elsewhere. */
  onClose: (isFocusGone: boolean) => void;
}

export function CellMenu({ menu, onAct, onClose }: Properties) {
  const { worker, day, at } = menu;
  const element = useRef<HTMLDivElement>(null);
  const acts: CellAct[] = menu.hasRecords ? ["edit", "move", "copy", "delete", "new", "day"] : ["new", "day"];
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    // Below and beside the point, as far as there is room.
    const { width, height } = current.getBoundingClientRect();
    current.style.left = `${Math.max(4, Math.min(at.x, innerWidth - width - 4))}px`;
    current.style.top = `${Math.max(4, Math.min(at.y, innerHeight - height - 4))}px`;
    current.querySelector("button")?.focus({ preventScroll: true });
  }, [menu]);
  useEffect(() => {
    const leave = (event: Event) => {
      if (!(event.target instanceof Node && element.current?.contains(event.target))) onClose(true);
    };
    const closing = () => onClose(false);
    addEventListener("pointerdown", leave, true);
    addEventListener("wheel", leave, { capture: true, passive: true });
    addEventListener("resize", closing);
    return () => {
      removeEventListener("pointerdown", leave, true);
      removeEventListener("wheel", leave, true);
      removeEventListener("resize", closing);
    };
  }, [menu]);
  return (
    <div
      ref={element}
      class="cell-menu"
      role="menu"
      aria-label={t("cellMenu.label", { name: worker.fullName, day: dayInFull(day) })}
      onKeyDown={(event) => {
        const wanted = keyed(event, element.current);
        if (wanted === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        if (wanted === "close") onClose(false);
        else wanted.focus();
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      {acts.map((act) => (
        <button key={act} type="button" role="menuitem" tabIndex={-1} onClick={() => onAct(act)}>
          {t(NAMES[act])}
        </button>
      ))}
    </div>
  );
}

function keyed(event: KeyboardEvent, menu: HTMLElement | null): HTMLElement | "close" | undefined {
  if (event.key === "Escape" || event.key === "Tab") return "close";
  const items = [...(menu?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const place = items.findIndex((each) => each === document.activeElement);
  const steps: Record<string, number> = {
    ArrowDown: place + 1,
    ArrowUp: place - 1 + items.length,
    Home: 0,
    End: items.length - 1,
  };
  const step = steps[event.key];
  return step === undefined ? undefined : items[step % items.length];
}

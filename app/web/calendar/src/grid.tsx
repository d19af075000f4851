// Workers down, days across: an ARIA grid, of which the page holds only the rows in sight.

import type { RefObject } from "preact";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Card } from "./card";
import { DayWords, FeastWords, headWords } from "./cards";
import { DayDoors } from "./day-doors";
import { type Ranging, useDayDrag, useMarks } from "./day-drag";
import { labelOf } from "./day-words";
import { type Day, startOfWeek, weekNumber } from "./days";
import { shownOf } from "./filters";
import { hoursText, monthsOf } from "./formats";
import { type Feast, FeastRow, feastAt, feastInWords, feastsOf } from "./holidays";
import { type Cell, markOf } from "./kinds";
import { useHeight, usePrinting } from "./measuring";
import { type Point, useMenuGestures } from "./menu-gestures";
import { t } from "./messages";
import { isUndercut } from "./minimum";
import type { Moving } from "./moving";
import { PeopleOffRow, UndercutWords, minimumText } from "./people-off";
import { useLater, usePieces } from "./pieces";
import { type Place, cellAt, moveBy, placeOf } from "./places";
import { bringIntoSight, useDayInSight } from "./sight";
import { type DaySum, type Row, type Schedule, type Worker, sumByDay } from "./schedule";
import type { Viewing } from "./view";
import { useSteadyRows, useVirtualRows } from "./virtual";

export const ROW_HEIGHT = 36;
/** Weeks, days, holidays where there are any, free hours, people off. */
const HEAD_ROWS = 5;

interface Properties {
  schedule: Schedule;
  viewing: Viewing;
  /** How many are to be free on a workday. */
  minimum: number | undefined;
  onOpen: (worker: Worker, day: Day) => void;
  /** Who is free on a day is asked for. Always the same function. */
  onOpenDay: (day: Day) => void;
  /** The menu of a cell is asked for at a point; returns whether there is one. */
  onMenu: (worker: Worker, cell: Cell, at: Point) => boolean;
  ranging: Ranging;
  moving: Moving | undefined;
}

export function Grid({ schedule, viewing, minimum, onOpen, onOpenDay, onMenu, ranging, moving }: Properties) {
  const { days, rows: everybody, isLoading, total } = schedule;
  const { view } = viewing;
  const rows = useMemo(() => shownOf(everybody, view), [everybody, view.onlyOff]);
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const headHeight = useHeight(head);
  const isPrinting = usePrinting();
  const columns = days.length + 3;
  const [active, setActive] = useState<Place>({ row: 0, column: 1 });
  const place = {
    row: Math.max(0, Math.min(active.row, rows.length - 1)),
    column: Math.min(active.column, columns - 1),
  };
  const virtual = useVirtualRows({
    scroller,
    count: rows.length,
    rowHeight: ROW_HEIGHT,
    headHeight,
    always: place.row,
  });
  const counted = useLater({ days, everybody }, [days, everybody]).everybody;
  const sums = useMemo(() => sumByDay(days, counted), [days, counted]);
  const feasts = useSame(useMemo(() => feastsOf(days, counted), [days, counted]));
  useSteadyRows({
    scroller,
    rowHeight: ROW_HEIGHT,
    names: useMemo(() => rows.map(({ worker }) => worker.id), [rows]),
    of: JSON.stringify([view.name, view.roles, view.jobTitles, view.company, view.onlyOff]),
    onMoved: (placeOf) =>
      setActive(({ row, column }) => ({ row: placeOf(row) < 0 ? row : placeOf(row), column })),
  });

  const open = ({ row, column }: Place) => {
    const found = rows[row];
    const day = days[column - 1];
    if (found && day) onOpen(found.worker, day);
  };
  const isMoving = useRef(false);
  const move = (next: Place) => {
    isMoving.current = true;
    setActive(next);
    const day = days[next.column - 1];
    if (day) viewing.look(day);
    if (next.row !== place.row) virtual.scrollTo(next.row);
  };
  // The cell of a row out of sight is in the page only when the move is rendered.
  useLayoutEffect(() => {
    if (!isMoving.current) return;
    isMoving.current = false;
    const row = scroller.current?.querySelector(`[data-row="${active.row}"]`);
    const cell = row?.children[active.column];
    if (!(cell instanceof HTMLElement)) return;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);
  const dayColumn = days.indexOf(viewing.view.day) + 1;
  const isFirst = useRef(true);
  // The day of the view comes into sight, at first, with other days, and whenever today is asked for.
  useLayoutEffect(() => {
    const cell = head.current?.querySelector(".days")?.children[dayColumn];
    if (dayColumn === 0 || !scroller.current || !cell) return;
    bringIntoSight(scroller.current, cell);
    if (!isFirst.current) setActive(({ row }) => ({ row, column: dayColumn }));
    isFirst.current = false;
  }, [dayColumn, days[0], days.length, viewing.todays]);
  useDayInSight(scroller, days, viewing);
  const movingFrom = {
    row: rows.findIndex(({ worker }) => worker.id === moving?.worker.id),
    column: days.indexOf(moving?.day ?? "") + 1,
  };
  useMarks("data-moving", scroller, movingFrom.row, movingFrom.column);
  useEffect(() => {
    if (movingFrom.row >= 0 && movingFrom.column > 0) move(movingFrom);
  }, [moving]);
  const drag = useDayDrag({ ...ranging, scroller, rows, days, move });
  const gestures = useMenuGestures((about, at) => {
    const element = cellAt(about.target);
    const asked = element && placeOf(element);
    const row = asked && rows[asked.row];
    const cell = asked && row?.cells[asked.column - 1];
    if (!cell || !onMenu(row.worker, cell, at)) return false;
    move(asked);
    drag.press(asked);
    return true;
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (gestures.takeKey(event) || drag.takeKey(event, place)) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(place);
      return;
    }
    const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - HEAD_ROWS);
    const next = moveBy(event, place, pageRows, { row: rows.length - 1, column: columns - 1 });
    if (!next) return;
    event.preventDefault();
    move(next);
  };

  const held = counted.length === total ? minimum : undefined;
  const tell = (about: HTMLElement) => {
    const feast = feasts[Number(about.dataset["feast"])];
    if (feast) return <FeastWords feast={feast} />;
    const sum = sums[Number(about.dataset["sum"])];
    if (sum) return <UndercutWords day={days[Number(about.dataset["sum"])] ?? ""} sum={sum} minimum={minimum} />;
    if (about.matches(".day")) {
      const at = placeOf(about).column - 1;
      return headWords({ day: days[at] ?? "", feast: feastAt(feasts, at), sum: sums[at], minimum: held });
    }
    const { row, column } = placeOf(about);
    const cell = rows[row]?.cells[column - 1];
    const worker = rows[row]?.worker;
    return cell && worker ? <DayWords worker={worker} cell={cell} role={roleOf(worker)} /> : null;
  };
  const pieces = usePieces({
    places: isPrinting ? [...rows.keys()] : virtual.items.map(({ index }) => index),
    rows,
    days,
    first: place.row,
    isAll: isPrinting,
  });
  return (
    <>
      <div
        ref={scroller}
        class={`grid ${schedule.view.span}${drag.isChoosing ? " choosing" : ""}`}
        role="grid"
        aria-multiselectable="true"
        aria-label={t("grid.label")}
        aria-rowcount={(view.onlyOff ? rows.length : total ?? rows.length) + HEAD_ROWS}
        aria-colcount={columns}
        aria-busy={isLoading}
        style={{ "--days": days.length, "--rows": rows.length, "--head": `${headHeight}px` }}
      >
        <Head
          days={days}
          sums={sums}
          feasts={feasts}
          minimum={minimum}
          elementRef={head}
          onOpenDay={onOpenDay}
          isComplete={counted.length === total}
        />
        <div
          class="body"
          role="rowgroup"
          style={{ height: rows.length * ROW_HEIGHT }}
          onClick={(event) => {
            // The second click of a double click, such as on the button of a window that is gone by now.
            if (event.detail > 1) return;
            const cell = cellAt(event.target);
            if (!cell) return;
            const clicked = placeOf(cell);
            move(clicked);
            open(clicked);
          }}
          onKeyDown={onKeyDown}
          {...gestures.handlers}
        >
          {pieces.map(({ row, index, isWhole }) => (
            <GridRow
              key={row.worker.id}
              row={row}
              index={index}
              isWhole={isWhole}
              activeColumn={index === place.row ? place.column : -1}
            />
          ))}
        </div>
      </div>
      {drag.said}
      <Card within={scroller} find={toldAt} tell={tell} />
    </>
  );
}

/** What has a card: somebody's day, a holiday, a day on which too few are free, and the head of a day, which says both. */
function toldAt(target: EventTarget | null): HTMLElement | null {
  if (!(target instanceof Element)) return null;
  return target.closest<HTMLElement>(".row > .cell, .row > .feast, .row > .undercut, .days > .day");
}

interface RowProperties {
  row: Row;
  index: number;
  /** Whether its days are drawn, too. */
  isWhole: boolean;
  activeColumn: number;
}

const GridRow = memo(({ row, index, isWhole, activeColumn }: RowProperties) => {
  const { worker, cells } = row;
  const tabIndex = (column: number) => (column === activeColumn ? 0 : undefined);
  return (
    <div
      class="row"
      role="row"
      aria-rowindex={index + HEAD_ROWS + 1}
      data-row={index}
      style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
    >
      <div class="name" role="rowheader" tabIndex={tabIndex(0)}>
        <b>{worker.fullName}</b>
        <span>{roleOf(worker)}</span>
      </div>
      {isWhole &&
        // No component of their own: there are thousands of them.
        cells.map((cell, place) => (
          <div
            key={cell.day}
            class={cell.classes}
            role="gridcell"
            aria-label={labelOf(cell)}
            tabIndex={tabIndex(place + 1)}
          >
            {cell.text}
          </div>
        ))}
      {isWhole && <Sum label="grid.sumOff" hours={row.hoursOff} tabIndex={tabIndex(cells.length + 1)} />}
      {isWhole && <Sum label="grid.sumFree" hours={row.freeHours} tabIndex={tabIndex(cells.length + 2)} />}
    </div>
  );
});

interface SumProperties {
  label: "grid.sumOff" | "grid.sumFree";
  hours: number;
  tabIndex: number | undefined;
}

function Sum({ label, hours, tabIndex }: SumProperties) {
  return (
    <div class="sum" role="gridcell" aria-label={t(label, { hours })} tabIndex={tabIndex}>
      {hoursText(hours)}
    </div>
  );
}

/** The one of before as long as it says the same: what is drawn of it stays. */
function useSame<Value>(value: Value): Value {
  const before = useRef(value);
  if (before.current !== value && JSON.stringify(before.current) !== JSON.stringify(value)) before.current = value;
  return before.current;
}

export function roleOf({ user, person }: Worker): string {
  return user?.role?.name ?? person?.jobTitle ?? "";
}

interface HeadProperties {
  days: Day[];
  sums: DaySum[];
  feasts: Feast[];
  minimum: number | undefined;
  elementRef: RefObject<HTMLDivElement | null>;
  isComplete: boolean;
  onOpenDay: (day: Day) => void;
}

function weekName(first: Day, count: number): string {
  return t("grid.week", { week: String(weekNumber(first)), months: monthsOf(first, count, "long") });
}

/** What stays in sight above the rows: weeks, days, and the sums of each day. */
const Head = memo(({ days, sums, feasts, minimum, elementRef, isComplete, onOpenDay }: HeadProperties) => {
  const holidays = useMemo(
    () => new Map(feasts.flatMap(({ name, place, count }) => days.slice(place, place + count).map((day) => [day, name]))),
    [days, feasts],
  );
  // The names and bars above and below a day are no stops of the Tab key: the day says what they do.
  const about = useSame(
    sums.map((sum, place) => {
      const feast = feastAt(feasts, place);
      const isBelow = isComplete && isUndercut(sum, minimum);
      return [feast && feastInWords(feast), isBelow && minimumText(sum, minimum)].filter(Boolean).join(". ");
    }),
  );
  return (
    <div class="head" role="rowgroup" ref={elementRef}>
      <div class="row weeks" role="row" aria-rowindex={1}>
        <div class="name" role="columnheader">
          <span class="unseen">{t("grid.weeks")}</span>
        </div>
        {weeksOf(days).map(({ first, count }) => (
          <div
            key={first}
            role="columnheader"
            aria-label={weekName(first, count)}
            aria-colspan={count}
            style={{ gridColumn: `span ${count}` }}
          >
            {weekLabel(first, count) || <span class="unseen">{weekName(first, count)}</span>}
          </div>
        ))}
        <div class="sum" role="columnheader" aria-colspan={2} style={{ gridColumn: "span 2" }}>
          {t("grid.hours")}
        </div>
      </div>
      <div class="row days" role="row" aria-rowindex={2}>
        <div class="name" role="columnheader">
          {t("grid.name")}
        </div>
        <DayDoors days={days} holidays={holidays} about={about} onOpen={onOpenDay} />
        <div class="sum" role="columnheader">
          {t("grid.off")}
        </div>
        <div class="sum" role="columnheader">
          {t("grid.free")}
        </div>
      </div>
      <FeastRow feasts={feasts} count={days.length} />
      <div class="row sums" role="row" aria-rowindex={4}>
        <div class="name" role="rowheader">
          {t(isComplete ? "grid.freeHours" : "grid.freeHoursSoFar")}
        </div>
        {sums.map(({ freeHours }, place) => (
          <div key={days[place]} role="gridcell" class={`total${markOf(days[place] ?? "")}`}>
            {hoursText(Math.round(freeHours))}
          </div>
        ))}
        <div class="sum" role="gridcell" />
        <div class="sum" role="gridcell">
          {hoursText(Math.round(sums.reduce((sum, { freeHours }) => sum + freeHours, 0)))}
        </div>
      </div>
      <PeopleOffRow days={days} sums={sums} minimum={minimum} isComplete={isComplete} />
    </div>
  );
});

function weeksOf(days: Day[]): { first: Day; count: number }[] {
  const weeks: { first: Day; count: number }[] = [];
  for (const day of days) {
    const week = weeks.at(-1);
    if (week && startOfWeek(day) !== day) week.count += 1;
    else weeks.push({ first: day, count: 1 });
  }
  return weeks;
}

function weekLabel(first: Day, count: number): string {
  const week = String(weekNumber(first));
  if (count < 3) return count < 2 ? "" : week;
  if (count < 5) return t("grid.weekShort", { week });
  return t("grid.weekMonths", { week, months: monthsOf(first, count, "short") });
}

// The whole page: what is looked at, the grid of it, and the windows above it.

import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type CellAct, CellMenu, type MenuOf, hasRecords } from "./cell-menu";
import { useChoices } from "./choices";
import { CsvExport } from "./csv-export";
import { FailureText, SignInLink } from "./failure-text";
import { FeedWindow } from "./feed-window";
import { DayPanel } from "./day-panel";
import { DayPeople } from "./day-people";
import type { Day } from "./days";
import { useDifferences } from "./differences";
import { DeleteForm } from "./delete-form";
import { DemoBanner } from "./demo";
import type { DayEntry } from "./entry";
import { DeleteEntryForm, EditEntryForm } from "./entry-forms";
import { EditForm } from "./edit-form";
import { clockText } from "./formats";
import { ROOT, SIGNED_OUT } from "./gateway";
import { Grid } from "./grid";
import { shownOf } from "./filters";
import { type Row, type Schedule, type Worker, sumByDay, useSchedule } from "./schedule";
import { LanguageChoice } from "./language-choice";
import { Legend } from "./legend";
import { useLive } from "./live";
import { t } from "./messages";
import { minimumOf, undercutDays } from "./minimum";
import { UndercutLine } from "./people-off";
import { Nobody } from "./nobody";
import { useNotice } from "./notice";
import { NoticeBar, useUndoKey } from "./notice-bar";
import type { SpanRecord } from "./occurrences";
import { onlyRecordOf } from "./only-record";
import { SettleMany } from "./settle-many";
import type { Difference } from "./settle-plans";
import { SettleDoor, SettleView } from "./settle-view";
import { SettleWindow } from "./settle-window";
import type { Acts } from "./record";
import { useUnseen } from "./submitting";
import { Toolbar } from "./toolbar";
import { TimeOffForm } from "./time-off-form";
import type { Done } from "./undoing";
import { daysOf, subtitleOf, titleOf, toAddress, useView } from "./view";
import { mayReadReasons, maySubscribe, mayWrite, useVisitor } from "./viewer";
import type { Wish } from "./wish";
import { Who } from "./who";

type Opened =
  | { what: "day"; worker: Worker; day: Day }
  | { what: "people"; day: Day }
  | { what: "edit" | "delete"; worker: Worker; day: Day; record: SpanRecord; originalDay: Day }
  | { what: "edit-entry" | "delete-entry"; worker: Worker; day: Day; entry: DayEntry }
  | { what: "settle"; worker: Worker; day: Day }
  | { what: "settle-many"; differences: Difference[] }
  | { what: "feeds"; worker: Worker | undefined }
  | { what: "form"; worker: Worker | undefined; day: Day | undefined; last?: Day; copied?: Wish };

/** What is open above the page. When it is closed, the focus goes back to where it came from. */
function useWindow() {
  const [opened, setOpened] = useState<Opened>();
  const opener = useRef<Element | null>(null);
  useLayoutEffect(() => {
    if (opened || !opener.current) return;
    const places = [opener.current, activeCell(), firstOfDifferences()];
    // A cell that was clicked could not have the focus yet when its day was opened.
    const place = places.find((each) => each?.isConnected && each !== document.body);
    if (place instanceof HTMLElement) place.focus({ preventScroll: true });
  }, [opened]);
  const open = (next: Opened | undefined) => {
    if (!opened) opener.current = document.activeElement;
    setOpened(next);
  };
  /** Close this one, unless another stands there by now. */
  const leave = (left: Opened | undefined) => setOpened((now) => (now === left ? undefined : now));
  return [opened, open, leave] as const;
}

function activeCell(): HTMLElement | null {
  return document.querySelector('[role=grid] [tabindex="0"]');
}

function firstOfDifferences(): HTMLElement | null {
  return document.querySelector(".settle [data-place]") ?? document.querySelector(".settle-door");
}

export function App() {
  const viewing = useView();
  const { view } = viewing;
  const schedule = useSchedule(view);
  const choices = useChoices();
  const { viewer, rights, isSignedOut, ...visitor } = useVisitor();
  const [opened, setOpened, leave] = useWindow();
  const differences = useDifferences(view, rights, schedule);
  const { rows, total, isLoading, failure } = schedule;
  const oldSince = useLive({ view, schedule, choices, isSignedOut });

  useEffect(() => {
    const shown = view.settling ? t("settle.pageOf", { view: titleOf(view) }) : titleOf(view);
    document.title = t("app.title", { view: shown });
  }, [view]);

  const own = typeof rights.writes === "object" ? rights.writes : undefined;
  const retry = () => {
    visitor.retry();
    schedule.retry();
  };
  useReturn(isSignedOut, retry);
  const ReviseForm = opened?.what === "edit" ? EditForm : DeleteForm;
  const ReviseEntryForm = opened?.what === "edit-entry" ? EditEntryForm : DeleteEntryForm;
  const refresh = async (workerId: string | undefined) => {
    await Promise.all([workerId ? schedule.refresh(workerId) : schedule.retry(), differences.refresh()]);
  };
  const notice = useNotice(refresh);
  useUnseen(notice.warn);
  useUndoKey(notice, opened !== undefined && opened.what !== "day");
  const [menu, setMenu] = useState<MenuOf>();
  const closeMenu = (isFocusGone: boolean) => {
    if (!isFocusGone) activeCell()?.focus({ preventScroll: true });
    setMenu(undefined);
  };
  const act = async (what: CellAct) => {
    if (!menu) return;
    closeMenu(false);
    const { worker, day } = menu;
    if (what === "new") return setOpened({ what: "form", worker, day });
    const only = what === "day" ? undefined : await onlyRecordOf(worker, day);
    if (what === "day" || !only) return setOpened({ what: "day", worker, day });
    if ("entry" in only) return setOpened({ what: `${what}-entry`, worker, day, ...only });
    return setOpened({ what, worker, day, ...only });
  };
  const close = () => setOpened(undefined);
  const openPeople = useCallback((day: Day) => setOpened({ what: "people", day }), []);
  const done: Done = async (worker, what, undo) => {
    // The answer may come after its window was closed, and another one opened.
    leave(opened);
    notice.tell(worker, what, undo);
    await refresh(worker.id);
  };
  const restored = (worker: Worker): Acts["onRestored"] => (what, hints, undo) => {
    notice.tell(worker, what, undo, hints);
    void refresh(worker.id);
  };
  const main = useRef<HTMLElement>(null);
  const everybody = useMemo(() => rows.map(({ worker }) => worker), [rows]);
  const shown = useMemo(() => shownOf(rows, view), [rows, view.onlyOff]);
  useFocusWithin(main, shown);
  const minimum = minimumOf(view, choices);
  return (
    <div class="page">
      <header>
        <a class="brand" href={`${ROOT}/`} aria-label={t("app.brand")}>
          <img src={`${ROOT}/favicon.ico`} alt="" width="28" height="28" />
          <span>{t("app.brand")}</span>
        </a>
        <div class="title">
          <h1>{titleOf(view)}</h1>
          {subtitleOf(view) && <p>{subtitleOf(view)}</p>}
        </div>
        {(rights.writes !== "nobody" || view.settling) && <SettleDoor viewing={viewing} count={differences.count} />}
        {rights.writes !== "nobody" && (
          <button
            type="button"
            class="primary"
            disabled={rows.length === 0 && !own}
            onClick={() => setOpened({ what: "form", worker: own, day: undefined })}
          >
            {t("app.new")}
          </button>
        )}
        {!isSignedOut && <Who viewer={viewer} />}
      </header>
      <Toolbar viewing={viewing} choices={choices} />
      <DemoBanner choices={choices} />
      {isSignedOut && rows.length > 0 && (
        <div class="banner" role="alert">
          <p>
            {t("app.signedOut")} <SignInLink />
          </p>
        </div>
      )}
      {failure && failure.code !== SIGNED_OUT && rows.length > 0 && (
        <div class="banner" role="alert">
          <p>
            <b>{t("app.partly", { shown: rows.length, total: total ?? 0 })}</b> <FailureText failure={failure} />
          </p>
          <button type="button" onClick={retry}>
            {t("common.retry")}
          </button>
        </div>
      )}
      <main aria-label={t("app.main")} ref={main}>
        <div class={isLoading || differences.list.isLoading ? "progress busy" : "progress"} aria-hidden="true" />
        {view.settling && (
          <SettleView
            viewing={viewing}
            list={differences.list}
            isWriter={rights.writes !== "nobody"}
            onOpen={({ worker, date }) => setOpened({ what: "settle", worker, day: date })}
            onOpenMany={(chosen) => setOpened({ what: "settle-many", differences: chosen })}
          />
        )}
        {!view.settling && shown.length > 0 && (
          <Grid
            schedule={schedule}
            viewing={viewing}
            minimum={minimum}
            onOpen={(worker, day) => setOpened({ what: "day", worker, day })}
            onOpenDay={openPeople}
            onMenu={(worker, cell, at) => {
              if (!mayWrite(rights, worker)) return false;
              setMenu({ worker, day: cell.day, hasRecords: hasRecords(cell), at });
              return true;
            }}
            ranging={{
              may: (worker) => mayWrite(rights, worker),
              onStart: () => setMenu(undefined),
              onPick: (worker, day, last) => setOpened({ what: "form", worker, day, last }),
            }}
          />
        )}
        {!view.settling && shown.length === 0 && isLoading && <Skeleton />}
        {!view.settling && shown.length === 0 && !isLoading && (
          <Nobody viewing={viewing} choices={choices} failure={failure} retry={retry} />
        )}
      </main>
      <footer>
        {oldSince && (
          <p class="old" role="status">
            {t("app.oldSince", { time: clockText(oldSince) })}
          </p>
        )}
        {!view.settling && <Undercut schedule={schedule} minimum={minimum} />}
        {!view.settling && <Legend />}
        <div class="figures-line">
          {opened?.what !== "day" && <NoticeBar notice={notice} leaveTo={activeCell} />}
          <p>{view.onlyOff && rows.length === total ? t("app.countOff", { total, off: shown.length }) : countOf(rows, total, isLoading)}</p>
          {rights.feeds !== "nobody" && (
            <button type="button" class="link" onClick={() => setOpened({ what: "feeds", worker: undefined })}>
              {t("feeds.door")}
            </button>
          )}
          {rights.reads && (
            <CsvExport key={toAddress(view)} view={view} workers={view.onlyOff ? shown.length : total} />
          )}
          {viewer?.permissions.includes("WRITE_DIRECTORY") && (
            <a href={`${ROOT}/directory`}>{t("app.directory")}</a>
          )}
          <LanguageChoice />
        </div>
      </footer>
      {menu && <CellMenu menu={menu} onAct={act} onClose={closeMenu} />}
      {opened?.what === "people" && (
        <DayPeople
          schedule={schedule}
          day={opened.day}
          counted={countOf(rows, total, isLoading)}
          onOpen={(worker) => setOpened({ what: "day", worker, day: opened.day })}
          onClose={close}
        />
      )}
      {opened?.what === "day" && (
        <DayPanel
          worker={opened.worker}
          day={opened.day}
          shown={daysOf(view)}
          watch={schedule.watch}
          notice={notice}
          onClose={close}
          onSubscribe={
            maySubscribe(rights, opened.worker)
              ? () => setOpened({ what: "feeds", worker: opened.worker })
              : undefined
          }
          acts={
            mayWrite(rights, opened.worker)
              ? {
                  onAdd: () => setOpened({ what: "form", worker: opened.worker, day: opened.day }),
                  onRevise: (what, record, originalDay) => setOpened({ ...opened, what, record, originalDay }),
                  onCopy: (copied) => setOpened({ what: "form", worker: opened.worker, day: opened.day, copied }),
                  onReviseEntry: (what, entry) => setOpened({ ...opened, what: `${what}-entry`, entry }),
                  onRestored: restored(opened.worker),
                  onSettle: () => setOpened({ ...opened, what: "settle" }),
                }
              : undefined
          }
        />
      )}
      {opened?.what === "settle" && (
        <SettleWindow
          worker={opened.worker}
          day={opened.day}
          shown={daysOf(view)}
          rights={rights}
          watch={schedule.watch}
          onClose={close}
          onDone={done}
          onRevise={(what, record, originalDay) => setOpened({ ...opened, what, record, originalDay })}
          onReviseEntry={(what, entry) => setOpened({ ...opened, what: `${what}-entry`, entry })}
          onCopy={(copied) => setOpened({ what: "form", worker: opened.worker, day: opened.day, copied })}
          onRestored={restored(opened.worker)}
          onOpenDay={() => setOpened({ ...opened, what: "day" })}
        />
      )}
      {opened?.what === "settle-many" && (
        <SettleMany
          differences={opened.differences}
          rights={rights}
          onClose={close}
          onSettled={async (settled) => {
            const workers = [...new Set(settled.map(({ worker }) => worker.id))];
            schedule.news.add({ workers, days: daysOf(view) });
            await differences.refresh();
          }}
          onTold={(what, undo) => notice.tell(undefined, what, undo)}
        />
      )}
      {opened?.what === "feeds" && (
        <FeedWindow
          rights={rights}
          own={viewer?.worker ?? undefined}
          worker={opened.worker}
          view={view}
          choices={choices}
          onClose={close}
        />
      )}
      {opened?.what === "form" && (
        <TimeOffForm
          schedule={schedule}
          {...opened}
          workers={own ? [own] : everybody}
          isEverybody={own !== undefined}
          onClose={close}
          onCreated={done}
        />
      )}
      {(opened?.what === "edit" || opened?.what === "delete") && (
        <ReviseForm {...opened} schedule={schedule} onClose={close} onDone={done} />
      )}
      {(opened?.what === "edit-entry" || opened?.what === "delete-entry") && (
        <ReviseEntryForm
          {...opened}
          readsReasons={mayReadReasons(rights, opened.worker)}
          schedule={schedule}
          onClose={close}
          onDone={done}
        />
      )}
    </div>
  );
}

function Undercut({ schedule: { days, rows, total }, minimum }: { schedule: Schedule; minimum: number | undefined }) {
  const below = useMemo(() => {
    if (minimum === undefined || rows.length !== total) return [];
    return undercutDays(days, sumByDay(days, rows), minimum);
  }, [days, rows, total, minimum]);
  return <UndercutLine days={below} minimum={minimum} />;
}

/** The focus stays within when the row goes that it is on, such as of the last who was off. */
function useFocusWithin(place: RefObject<HTMLElement | null>, rows: Row[]) {
  const wasWithin = place.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    if (!wasWithin || place.current?.contains(document.activeElement)) return;
    const next = place.current?.querySelector<HTMLElement>('[tabindex="0"]') ?? place.current?.querySelector("button");
    next?.focus({ preventScroll: true });
  }, [rows]);
}

/** Ask for everything again when somebody has signed in again. */
function useReturn(isSignedOut: boolean, retry: () => void) {
  const wasSignedOut = useRef(false);
  useEffect(() => {
    if (wasSignedOut.current && !isSignedOut) retry();
    wasSignedOut.current = isSignedOut;
  }, [isSignedOut]);
}

function countOf(rows: Row[], total: number | undefined, isLoading: boolean): string {
  if (total === undefined) return isLoading ? t("common.loading") : "";
  if (rows.length === total) return t("app.count", { total });
  return t(isLoading ? "app.countLoading" : "app.countPartly", { shown: rows.length, total });
}

function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: 12 }, (_, place) => (
        <i key={place} />
      ))}
    </div>
  );
}

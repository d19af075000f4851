// The whole page: what is looked at, the grid of it, and the windows above it.

import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type CellAct, CellMenu, type MenuOf, hasRecords } from "./cell-menu";
import { useChoices } from "./choices";
import { copyOf } from "./copying";
import type { Day } from "./days";
import { DemoBanner } from "./demo";
import { useDifferences } from "./differences";
import { FailureText, SignInLink } from "./failure-text";
import { shownOf } from "./filters";
import { ROOT, SIGNED_OUT } from "./gateway";
import { Grid } from "./grid";
import { inLanguage } from "./language";
import { useLive } from "./live";
import { t } from "./messages";
import { minimumOf } from "./minimum";
import { type Moving, MovingBar, openedBy } from "./moving";
import { Nobody } from "./nobody";
import { useNotice } from "./notice";
import { useUndoKey } from "./notice-bar";
import { onlyRecordOf } from "./only-record";
import { PageFoot } from "./page-foot";
import { activeCell, useWindow } from "./page-window";
import { RightsUnread } from "./rights-unread";
import { type Row, type Worker, useSchedule } from "./schedule";
import { SettleDoor, SettleView } from "./settle-view";
import { useUnseen } from "./submitting";
import { Toolbar } from "./toolbar";
import type { Done } from "./undoing";
import { subtitleOf, titleOf, useView } from "./view";
import { may, onlyOwnOf, useVisitor } from "./viewer";
import { Who } from "./who";
import { Windows } from "./windows";

export function App() {
  const viewing = useView();
  const { view } = viewing;
  const schedule = useSchedule(view);
  const [choices, rereadChoices] = useChoices();
  useEffect(() => schedule.watch(({ workers }) => workers ?? rereadChoices()), []);
  const { viewer, rights, isSignedOut, ...visitor } = useVisitor();
  const [opened, setOpened, leave] = useWindow();
  const differences = useDifferences(view, rights, schedule);
  const { rows, total, isLoading, failure } = schedule;
  const oldSince = useLive({ view, schedule, choices, isSignedOut });

  useEffect(() => {
    const shown = view.settling ? t("settle.pageOf", { view: titleOf(view) }) : titleOf(view);
    document.title = t("app.title", { view: shown });
  }, [view]);

  const own = onlyOwnOf(rights);
  const retry = () => {
    visitor.retry();
    schedule.retry();
  };
  useReturn(isSignedOut, retry);
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
  const [moving, setMoving] = useState<Moving>();
  useEffect(() => {
    if (opened || view.settling) setMoving(undefined);
  }, [opened, view.settling]);
  const move = (next: Moving) => {
    setOpened(undefined);
    setMoving(next);
  };
  const openDay = (worker: Worker, day: Day) => {
    if (!moving) return setOpened({ what: "day", worker, day });
    const form = openedBy(moving, worker, day);
    if (form) setOpened(form);
  };
  const act = async (what: CellAct) => {
    if (!menu) return;
    closeMenu(false);
    const { worker, day } = menu;
    if (what === "new") return setOpened({ what: "form", worker, day });
    const only = what === "day" ? undefined : await onlyRecordOf(worker, day);
    if (what === "day" || !only) return setOpened({ what: "day", worker, day });
    if (what === "move") return setMoving({ worker, day, record: only });
    if (what === "copy") return setOpened({ what: "form", worker, day, copied: copyOf(worker, only) });
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
  const main = useRef<HTMLElement>(null);
  const shown = useMemo(() => shownOf(rows, view), [rows, view.onlyOff]);
  useFocusWithin(main, shown);
  const minimum = minimumOf(view, choices);
  return (
    <div class="page">
      <header>
        <a class="brand" href={inLanguage(`${ROOT}/`)} aria-label={t("app.brand")}>
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
      {!(failure && rows.length === 0) && <RightsUnread {...visitor} />}
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
            onOpen={openDay}
            onOpenDay={openPeople}
            onMenu={(worker, cell, at) => {
              if (!may(rights.writes, worker)) return false;
              setMoving(undefined);
              setMenu({ worker, day: cell.day, hasRecords: hasRecords(cell), at });
              return true;
            }}
            moving={moving}
            ranging={{
              may: (worker) => !moving && may(rights.writes, worker),
              onStart: () => setMenu(undefined),
              onPick: (worker, day, last) => setOpened({ what: "form", worker, day, last }),
            }}
          />
        )}
        {!view.settling && shown.length === 0 && isLoading && <Skeleton />}
        {!view.settling && shown.length === 0 && !isLoading && (
          <Nobody viewing={viewing} choices={choices} failure={failure} retry={retry} />
        )}
        {moving && <MovingBar moving={moving} onLeave={() => setMoving(undefined)} />}
        {menu && <CellMenu menu={menu} onAct={act} onClose={closeMenu} />}
      </main>
      <PageFoot
        view={view}
        schedule={schedule}
        choices={choices}
        shown={shown.length}
        viewer={viewer}
        rights={rights}
        minimum={minimum}
        oldSince={oldSince}
        notice={opened?.what === "day" || moving ? undefined : notice}
        onSubscribe={() => setOpened({ what: "feeds", worker: undefined })}
      />
      <Windows
        opened={opened}
        onOpen={setOpened}
        onClose={close}
        onDone={done}
        onMove={move}
        page={{ view, schedule, choices, viewer, rights, minimum, differences, notice, refresh }}
      />
    </div>
  );
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

function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: 12 }, (_, place) => (
        <i key={place} />
      ))}
    </div>
  );
}

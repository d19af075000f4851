// Below the grid: what is undercut, the legend, what was done last, how many are shown, and the ways out of the page.

import { useMemo } from "preact/hooks";
import type { Choices } from "./choices";
import { CsvExport } from "./csv-export";
import { clockText } from "./formats";
import { ROOT } from "./gateway";
import { inLanguage } from "./language";
import { LanguageChoice } from "./language-choice";
import { Legend } from "./legend";
import { t } from "./messages";
import { undercutDays } from "./minimum";
import type { Notice } from "./notice";
import { NoticeBar } from "./notice-bar";
import { activeCell } from "./page-window";
import { NoLine, UndercutLine } from "./people-off";
import { type Loaded, type Row, type Schedule, sumByDay } from "./schedule";
import { type View, toAddress } from "./view";
import type { Rights, Viewer } from "./viewer";

interface Properties {
  view: View;
  schedule: Loaded;
  choices: Choices | undefined;
  /** How many rows the grid shows. */
  shown: number;
  viewer: Viewer | undefined;
  rights: Rights;
  /** How many workers are to be free, where the page knows. */
  minimum: number | undefined;
  /** Since when what others change could not be read. */
  oldSince: Date | undefined;
  /** What was done last; undefined where a window tells it. */
  notice: Notice | undefined;
  onSubscribe: () => void;
}

export function PageFoot(properties: Properties) {
  const { view, schedule, choices, shown, viewer, rights, minimum, oldSince, notice, onSubscribe } = properties;
  const { rows, total, isLoading } = schedule;
  return (
    <footer>
      {oldSince && (
        <p class="old" role="status">
          {t("app.oldSince", { time: clockText(oldSince) })}
        </p>
      )}
      {!view.settling && <Undercut schedule={schedule} minimum={minimum} />}
      {!view.settling && <NoLine view={view} choices={choices} />}
      {!view.settling && <Legend />}
      <div class="figures-line">
        {notice && <NoticeBar notice={notice} leaveTo={activeCell} />}
        <p>
          {view.onlyOff && rows.length === total
            ? t("app.countOff", { total, off: shown })
            : countOf(rows, total, isLoading)}
        </p>
        {rights.feeds !== "nobody" && (
          <button type="button" class="link" onClick={onSubscribe}>
            {t("feeds.door")}
          </button>
        )}
        {rights.reads && (
          <CsvExport key={toAddress(view)} view={view} workers={view.onlyOff ? shown : total} />
        )}
        {viewer?.permissions.includes("WRITE_DIRECTORY") && (
          <a href={inLanguage(`${ROOT}/directory`)}>{t("app.directory")}</a>
        )}
        <LanguageChoice />
      </div>
    </footer>
  );
}

function Undercut({ schedule: { days, rows, total }, minimum }: { schedule: Schedule; minimum: number | undefined }) {
  const below = useMemo(() => {
    if (minimum === undefined || rows.length !== total) return [];
    return undercutDays(days, sumByDay(days, rows), minimum);
  }, [days, rows, total, minimum]);
  return <UndercutLine days={below} minimum={minimum} />;
}

export function countOf(rows: Row[], total: number | undefined, isLoading: boolean): string {
  if (total === undefined) return isLoading ? t("common.loading") : "";
  if (rows.length === total) return t("app.count", { total });
  return t(isLoading ? "app.countLoading" : "app.countPartly", { shown: rows.length, total });
}

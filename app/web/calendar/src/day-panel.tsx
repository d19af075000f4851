// One worker's day: the records that it is made of, and what the gateway says about them.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Day, addDays, within } from "./days";
import { Dialog } from "./dialog";
import { FailureText } from "./failure-text";
import { dayInFull } from "./formats";
import { Abandoned, Failure, query } from "./gateway";
import { OpenDayDocument, type OpenDayQuery, RepeatsDocument, type RepeatsQuery } from "./generated";
import { roleOf } from "./grid";
import { kindOf } from "./kinds";
import { t } from "./messages";
import type { Notice } from "./notice";
import { NoticeBar } from "./notice-bar";
import { occurrencesGoneFrom } from "./occurrences";
import { noteInWords } from "./refusals";
import { type About, type Acts, GoneRecord, Record } from "./record";
import type { Loaded, Worker } from "./schedule";
import type { Days } from "./view";

type OpenDay = NonNullable<OpenDayQuery["worker"]>["schedule"]["days"][number];
type Repeat = RepeatsQuery["personTimeOffs"]["nodes"][number];

/** A repeat that has left a day is looked for by those of its occurrences that are this near. */
const NEAR_DAYS = 366;
/** More repeats than a person has at a time. */
const MOST_REPEATS = 50;

interface Found {
  /** Null where the worker is not there any more. */
  day: OpenDay | null;
  /** Repeats that have left the day. */
  gone: Repeat[];
  /** Why it is not known which those are. */
  doubt: Failure | undefined;
}

interface Properties {
  worker: Worker;
  day: Day;
  /** The days that the page shows. */
  shown: Days;
  /** Be told what others have changed. */
  watch: Loaded["watch"];
  notice: Notice;
  onClose: () => void;
  /** Undefined where feeds of this worker are not the viewer's to make. */
  onSubscribe: (() => void) | undefined;
  /** What the viewer may do; undefined where this worker's time off is not theirs to record. */
  acts: PanelActs | undefined;
}

export interface PanelActs {
  onAdd: () => void;
  onRevise: Acts["onRevise"];
  onReviseEntry: Acts["onReviseEntry"];
  onCopy: Acts["onCopy"];
  onMove: NonNullable<Acts["onMove"]>;
  /** Something is otherwise now; the panel stays open. */
  onRestored: Acts["onRestored"];
  /** Settle what the two systems disagree about. */
  onSettle: () => void;
}

export function DayPanel({ worker, day, shown, watch, notice, onClose, onSubscribe, acts }: Properties) {
  const [found, setFound] = useState<Found>();
  const [failure, setFailure] = useState<Failure>();
  const [isLoading, setLoading] = useState(true);
  const [attempt, setAttempt] = useState(0);
  const [toldBefore] = useState(notice.told.id);
  const body = useRef<HTMLDivElement>(null);
  const mayWrite = acts !== undefined;
  const turns = useRef({ last: 0, shown: 0 });
  /** Show an answer, unless what is shown was asked for later. */
  const showing = () => {
    const turn = ++turns.current.last;
    return (found: Found) => {
      if (turn < turns.current.shown) return;
      turns.current.shown = turn;
      setFound(found);
    };
  };
  useEffect(() => {
    let leaving = new AbortController();
    const readAgain = () => {
      leaving.abort();
      leaving = new AbortController();
      // Nobody has asked for it: what cannot be read again stays as it was.
      find(worker, day, mayWrite, leaving.signal).then(showing(), () => undefined);
    };
    const unwatch = watch(({ workers, days }) => {
      if ((!workers || workers.includes(worker.id)) && days.first <= day && day <= days.last) readAgain();
    });
    return () => {
      unwatch();
      leaving.abort();
    };
  }, [worker.id, day, mayWrite]);
  const wasWithin = body.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    // What had the focus may have gone with the record that it was of.
    if (wasWithin && !body.current?.contains(document.activeElement)) body.current?.focus();
  }, [found]);
  useEffect(() => {
    const leaving = new AbortController();
    setFailure(undefined);
    setLoading(true);
    find(worker, day, mayWrite, leaving.signal)
      .then(showing())
      .then(
        () => setLoading(false),
        (fault: Error) => {
          if (fault instanceof Abandoned) return;
          setFailure(Failure.of(fault));
          setLoading(false);
        },
      );
    return () => leaving.abort();
  }, [worker.id, day, mayWrite, attempt, notice.told.id]);

  const about = [dayInFull(day), roleOf(worker), worker.company.name];
  const again = () => setAttempt((count) => count + 1);
  return (
    <Dialog title={worker.fullName} subtitle={about.filter(Boolean).join(" · ")} class="panel" onClose={onClose}>
      <div ref={body} class="window-body" tabIndex={-1} aria-busy={isLoading}>
        {failure && (
          <div class="banner" role="alert">
            <p>
              <FailureText failure={failure} />
            </p>
            <button type="button" onClick={again}>
              {t("common.retry")}
            </button>
          </div>
        )}
        <NoticeBar notice={notice} after={toldBefore} leaveTo={() => body.current} />
        {found?.doubt && (
          <p class="problem" role="alert">
            {t("day.doubt")} <FailureText failure={found.doubt} />
          </p>
        )}
        {!found && isLoading && <p class="quiet">{t("common.loading")}</p>}
        {found?.day === null && <p>{t("day.workerGone")}</p>}
        {found?.day && (
          <Told
            day={found.day}
            gone={found.gone}
            about={{ worker, day, shown }}
            acts={
              acts && {
                ...acts,
                onRestored: (...restored) => {
                  // The button that was pressed is about to go.
                  body.current?.focus();
                  acts.onRestored(...restored);
                },
                onOutdated: again,
              }
            }
          />
        )}
      </div>
      {(acts || onSubscribe) && (
        <div class="window-foot">
          {onSubscribe && (
            <button type="button" onClick={onSubscribe}>
              {t("feeds.door")}
            </button>
          )}
          {acts && found?.day?.discrepancy && (
            <button type="button" onClick={acts.onSettle}>
              {t("day.settle")}
            </button>
          )}
          {acts && (
            <button type="button" class="primary" onClick={acts.onAdd}>
              {t("app.new")}
            </button>
          )}
        </div>
      )}
    </Dialog>
  );
}

/** The day, and for who may bring them back the repeats that would be on it by their rule. */
async function find(worker: Worker, day: Day, mayWrite: boolean, signal: AbortSignal): Promise<Found> {
  const person = mayWrite && worker.person?.id;
  const [from, to] = [-NEAR_DAYS, NEAR_DAYS].map((count) => within(addDays(day, count))) as [Day, Day];
  const [answer, repeats] = await Promise.all([
    query(OpenDayDocument, { worker: worker.id, day }, signal),
    person ? query(RepeatsDocument, { person, from, to, most: MOST_REPEATS }, signal).catch(doubtful) : undefined,
  ]);
  const doubt = repeats instanceof Failure ? repeats : undefined;
  const found = answer.worker?.schedule.days[0] ?? null;
  const there = new Set(found?.contributions.map(({ timeOff }) => timeOff.id));
  const known = repeats instanceof Failure ? undefined : repeats;
  const gone = known?.personTimeOffs.nodes.filter(
    (record) => !there.has(record.id) && occurrencesGoneFrom(record, day).length > 0,
  );
  return { day: found, gone: gone ?? [], doubt };
}

/** What is on the day is shown without them: somebody may have more of them than an answer may hold. */
function doubtful(fault: unknown): Failure {
  if (fault instanceof Abandoned) throw fault;
  return Failure.of(fault);
}

interface ToldProperties {
  day: OpenDay;
  gone: Repeat[];
  about: About;
  acts: Acts | undefined;
}

function Told({ day, gone, about, acts }: ToldProperties) {
  const kind = kindOf(day);
  const isRange = day.hoursOffLow !== day.hoursOffHigh;
  return (
    <>
      <dl class="figures">
        <div>
          <dt>{t("day.off")}</dt>
          <dd>{t("hours", { hours: day.hoursOff })}</dd>
        </div>
        <div>
          <dt>{t("day.free")}</dt>
          <dd>{t("hours", { hours: day.availableHours })}</dd>
        </div>
        <div>
          <dt>{t("day.workday")}</dt>
          <dd>{t("hours", { hours: day.workdayHours })}</dd>
        </div>
        <div>
          <dt>{t("day.shownAs")}</dt>
          <dd class="kind">
            {kind !== "free" && <i class={`cell ${kind}`} aria-hidden="true" />}
            {t(`kind.${kind}`)}
          </dd>
        </div>
      </dl>
      {day.holiday && <p class="remark">{t("day.holiday", { name: day.holiday.name })}</p>}
      {isRange && (
        <p class="remark">{t("day.range", { low: day.hoursOffLow, high: day.hoursOffHigh })}</p>
      )}
      {day.notes.length > 0 && (
        <section>
          <h3>{t("day.notes")}</h3>
          <ul class="notes">
            {day.notes.map((note) => (
              <li key={note.code}>{noteInWords(note)}</li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{t("day.records")}</h3>
        {day.contributions.length === 0 && <p class="quiet">{t("day.noRecords")}</p>}
        {day.contributions.map((each, place) => (
          <Record
            key={`${each.timeOff.id} ${place}`}
            contribution={each}
            part={day.contributions.slice(0, place).filter(({ timeOff }) => timeOff.id === each.timeOff.id).length}
            about={about}
            acts={acts}
          />
        ))}
        {gone.map((each) => (
          <GoneRecord key={each.id} record={each} about={about} acts={acts} />
        ))}
      </section>
    </>
  );
}

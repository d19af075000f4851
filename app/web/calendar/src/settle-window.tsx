// One difference: what both systems have of the day, what each choice would do, and the choice.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Day } from "./days";
import { Dialog } from "./dialog";
import { FailureText } from "./failure-text";
import { dayInFull, momentText } from "./formats";
import { Abandoned, Failure } from "./gateway";
import { roleOf } from "./grid";
import { t } from "./messages";
import { type About, type Acts, Record } from "./record";
import type { Loaded, Worker } from "./schedule";
import { newKey } from "./sending";
import { SettleForm } from "./settle-form";
import type { OpenDifference } from "./settle-plans";
import { takeBack } from "./settle-undo";
import { readDifference } from "./settling";
import type { Done } from "./undoing";
import type { Days } from "./view";
import { type Rights, may } from "./viewer";

export interface SettleProperties {
  worker: Worker;
  day: Day;
  shown: Days;
  rights: Rights;
  watch: Loaded["watch"];
  onClose: () => void;
  /** Something was done here; what, in words. */
  onDone: Done;
  onRevise: Acts["onRevise"];
  onReviseEntry: Acts["onReviseEntry"];
  onCopy: Acts["onCopy"];
  onRestored: Acts["onRestored"];
  onOpenDay: () => void;
}

export function SettleWindow(properties: SettleProperties) {
  const { worker, day, shown, rights, watch, onClose, onDone, onOpenDay } = properties;
  const { open, failure, isRead, readAgain, put } = useDifference(worker, day, watch);
  const isWriter = may(rights.writes, worker);
  const about = [dayInFull(day), roleOf(worker), worker.company.name];
  const acts: Acts | undefined = isWriter
    ? {
        onRevise: properties.onRevise,
        onReviseEntry: properties.onReviseEntry,
        onCopy: properties.onCopy,
        onRestored: (...restored) => {
          properties.onRestored(...restored);
          void readAgain();
        },
        onOutdated: () => void readAgain(),
      }
    : undefined;
  const foot = (
    <>
      <button type="button" onClick={onOpenDay}>
        {t("settle.openDay")}
      </button>
      <span class="spring" />
      <button type="button" onClick={onClose}>
        {t("common.cancel")}
      </button>
    </>
  );
  const records = open && <BothSides open={open} about={{ worker, day, shown }} acts={acts} />;
  const title = t("settle.title", { name: worker.fullName });
  return (
    <Dialog title={title} subtitle={about.filter(Boolean).join(" · ")} class="create settle-one" onClose={onClose}>
      {failure && (
        <div class="banner" role="alert">
          <p>
            <FailureText failure={failure} />
          </p>
          <button type="button" onClick={() => void readAgain()}>
            {t("common.retry")}
          </button>
        </div>
      )}
      {open && isWriter && (
        <SettleForm open={open} rights={rights} foot={foot} onDone={onDone} onOvertaken={put}>
          {records}
          <Acknowledged open={open} rights={rights} onTakenBack={(what) => onDone(worker, what)} />
        </SettleForm>
      )}
      {open && !isWriter && (
        <div class="window-body">
          {records}
          <Acknowledged open={open} rights={rights} onTakenBack={() => Promise.resolve()} />
        </div>
      )}
      {!open && !failure && (
        <div class="window-body" role="status">
          <p class="quiet">{t(isRead ? "settle.agrees" : "common.loading")}</p>
        </div>
      )}
    </Dialog>
  );
}

/** The difference as it is now: read anew when others have changed the day. */
function useDifference(worker: Worker, day: Day, watch: Loaded["watch"]) {
  const [open, setOpen] = useState<OpenDifference>();
  const [failure, setFailure] = useState<Failure>();
  const [isRead, setRead] = useState(false);
  const put = (found: OpenDifference | undefined) => {
    setOpen(found);
    setFailure(undefined);
    setRead(true);
  };
  const readAgain = (signal?: AbortSignal) =>
    readDifference(worker.id, day, signal).then(put, (fault: unknown) => {
      if (!(fault instanceof Abandoned)) setFailure(Failure.of(fault));
    });
  useEffect(() => {
    const leaving = new AbortController();
    void readAgain(leaving.signal);
    const unwatch = watch(({ workers, days }) => {
      if ((!workers || workers.includes(worker.id)) && days.first <= day && day <= days.last) {
        void readAgain(leaving.signal);
      }
    });
    return () => {
      unwatch();
      leaving.abort();
    };
  }, [worker.id, day]);
  return { open, failure, isRead, readAgain, put };
}

function BothSides({ open, about, acts }: { open: OpenDifference; about: About; acts: Acts | undefined }) {
  const { difference, day } = open;
  const ofProcore = day.contributions.filter(({ timeOff }) => "instances" in timeOff);
  const ofKantata = day.contributions.filter(({ timeOff }) => !("instances" in timeOff));
  return (
    <div class="sides">
      {(
        [
          ["Kantata OX", difference.kantataHours, ofKantata],
          ["Procore Workforce Planning", difference.procoreHours, ofProcore],
        ] as const
      ).map(([system, hours, contributions]) => (
        <section key={system} aria-label={system}>
          <h3>
            <span>{system}</span> <b>{t("hours", { hours })}</b>
          </h3>
          {contributions.length === 0 && <p class="quiet">{t("settle.nothing")}</p>}
          {contributions.map((each, place) => (
            <Record
              key={`${each.timeOff.id} ${place}`}
              contribution={each}
              part={contributions.slice(0, place).filter(({ timeOff }) => timeOff.id === each.timeOff.id).length}
              about={about}
              acts={acts}
            />
          ))}
        </section>
      ))}
    </div>
  );
}

interface AcknowledgedProperties {
  open: OpenDifference;
  rights: Rights;
  onTakenBack: (what: string) => Promise<void>;
}

/** Who has said that the difference is to stay, and the way to take that back. */
function Acknowledged({ open, rights, onTakenBack }: AcknowledgedProperties): ComponentChildren {
  const [failure, setFailure] = useState<Failure>();
  const [key] = useState(newKey);
  const { acknowledgement, worker } = open.difference;
  if (!acknowledgement) return null;
  const { id, acknowledgedAt, acknowledgedBy } = acknowledgement;
  const press = () =>
    takeBack(worker, open.difference.date, id, key).then(
      () => onTakenBack(t("settle.takenBack", { name: worker.fullName, day: dayInFull(open.difference.date) })),
      (fault: unknown) => setFailure(Failure.of(fault)),
    );
  return (
    <div class="remark acknowledged">
      <p>{t("settle.acknowledged", { name: acknowledgedBy.name, when: momentText(new Date(acknowledgedAt)) })}</p>
      {rights.writes === "anybody" && (
        <button type="button" onClick={() => void press()}>
          {t("settle.takeBack")}
        </button>
      )}
      {failure && (
        <p class="problem" role="alert">
          <FailureText failure={failure} />
        </p>
      )}
    </div>
  );
}

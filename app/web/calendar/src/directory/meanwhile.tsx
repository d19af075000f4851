// What is written in a form, beside what the record is by now: only what the reader has changed is stored, and what others
// have made of the same fields meanwhile is shown before it is written over.
//
// It is read anew just before it is written, and written with the version that was read: what others store between these
// two requests is not written over, but read, and looked at in the same way.

import { useState } from "preact/hooks";
import { t } from "../messages";
import type { Saved } from "./saving";

/** The fields as texts, by the names that the gateway has for them. */
type Fields<Draft> = { [Name in keyof Draft]: string };

interface Asked<Draft> {
  /** What the form is filled from. */
  opened: Draft;
  /** What the record is now; null where it is gone. */
  read: () => Promise<{ now: Draft; version: string } | null>;
}

/** How often it is read anew, where others go on changing what the reader has not. */
const MOST_READINGS = 4;

export interface Drafting<Draft> {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  /** What others have made of fields that the reader has changed, too. */
  clash: Clash<Draft> | undefined;
  /** Go on with what they have made of it; what was typed stays. */
  goOn: () => void;
  /**
   * Store what was changed: `whole` is the record as it will be, for what the gateway takes with each change; `version`
   * is that of the record as it was read.
   */
  store: (write: (changed: Partial<Draft>, whole: Draft, version: string) => Promise<Saved>) => Promise<Saved>;
}

interface Clash<Draft> {
  before: Draft;
  now: Draft;
  yours: Partial<Draft>;
  names: (keyof Draft & string)[];
}

/** Where no field is, and nothing has to be said once more. */
export const MEANWHILE = "meanwhile";

export function useDraft<Draft extends Fields<Draft>>({ opened, read }: Asked<Draft>): Drafting<Draft> {
  const [before, setBefore] = useState(opened);
  const [typed, setTyped] = useState<Partial<Draft>>({});
  const [clash, setClash] = useState<Clash<Draft>>();
  const draft = { ...before, ...typed };
  return {
    draft,
    set: (change) => setTyped((known) => ({ ...known, ...change })),
    clash,
    goOn: () => {
      if (clash) setBefore(clash.now);
      setClash(undefined);
    },
    store: async (write) => {
      for (let reading = 1; ; reading++) {
        const found = await read();
        if (!found) return refused("", t("directory.gone"));
        const { now, version } = found;
        const yours = differing(before, draft);
        const names = namesOf(yours).filter((name) => now[name] !== before[name] && now[name] !== draft[name]);
        if (names.length > 0) {
          setClash({ before, now, yours, names });
          return refused(MEANWHILE, t("directory.changed"));
        }
        const whole = { ...now, ...yours };
        const saved = await write(differing(now, whole), whole, version);
        if (!saved.isOvertaken || reading === MOST_READINGS) return saved;
      }
    },
  };
}

function refused(place: string, message: string): Saved {
  return { problems: [{ place, message }], remarks: [], isOvertaken: false };
}

function namesOf<Draft>(draft: Partial<Draft>): (keyof Draft & string)[] {
  return Object.keys(draft) as (keyof Draft & string)[];
}

/** The fields of the second that are not as in the first. */
function differing<Draft>(one: Draft, other: Draft): Partial<Draft> {
  const names = namesOf<Draft>(other as Partial<Draft>).filter((name) => other[name] !== one[name]);
  return Object.fromEntries(names.map((name) => [name, other[name]])) as Partial<Draft>;
}

interface Properties<Draft> {
  drafting: Drafting<Draft>;
  labels: Partial<Record<keyof Draft, string>>;
  /** A value as people read it, where it is not as it is written. */
  inWords?: (name: keyof Draft, value: string) => string;
}

/** Both sides, and the way on. */
export function ChangedMeanwhile<Draft extends Fields<Draft>>({ drafting, labels, inWords }: Properties<Draft>) {
  const { clash, goOn } = drafting;
  if (!clash) return null;
  const said = (name: keyof Draft, value: string | undefined) =>
    (value && (inWords?.(name, value) ?? value)) || t("meanwhile.wasNothing");
  return (
    <div class="banner meanwhile" role="alert">
      <p>
        <b>{t("directory.changed")}</b>
      </p>
      <dl>
        {clash.names.map((name) => (
          <div key={name}>
            <dt>{labels[name]}</dt>
            <dd>
              {said(name, clash.now[name])}{" "}
              <small>{t("meanwhile.before", { before: said(name, clash.before[name]) })}</small>
              <small>{t("meanwhile.yours", { yours: said(name, clash.yours[name]) })}</small>
            </dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={goOn}>
        {t("meanwhile.goOn")}
      </button>
      <p>{t("meanwhile.kept")}</p>
    </div>
  );
}

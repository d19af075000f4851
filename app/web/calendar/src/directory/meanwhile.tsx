// What is written in a form, beside what the record is by now: only what the reader has changed is stored, and what others
// have made of the same fields meanwhile is shown before it is written over.
//
// The directory's records tell no versions apart, so they are read anew just before they are written: what others have
// stored while the form was open is seen; what they store between these two requests is not.

import { useState } from "preact/hooks";
import { t } from "../messages";
import type { Saved } from "./saving";

/** The fields as texts, by the names that the gateway has for them. */
type Fields<Draft> = { [Name in keyof Draft]: string };

interface Asked<Draft> {
  /** What the form is filled from. */
  opened: Draft;
  /** What the record is now; null where it is gone. */
  read: () => Promise<Draft | null>;
}

export interface Drafting<Draft> {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  /** What others have made of fields that the reader has changed, too. */
  clash: Clash<Draft> | undefined;
  /** Go on with what they have made of it; what was typed stays. */
  goOn: () => void;
  /** Store what was changed: `whole` is the record as it will be, for what the gateway takes with each change. */
  store: (write: (changed: Partial<Draft>, whole: Draft) => Promise<Saved>) => Promise<Saved>;
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
      const now = await read();
      if (!now) return { problems: [{ place: "", message: t("directory.gone") }], remarks: [] };
      const yours = differing(before, draft);
      const names = namesOf(yours).filter((name) => now[name] !== before[name] && now[name] !== draft[name]);
      if (names.length > 0) {
        setClash({ before, now, yours, names });
        return { problems: [{ place: MEANWHILE, message: t("directory.changed") }], remarks: [] };
      }
      const whole = { ...now, ...yours };
      return write(differing(now, whole), whole);
    },
  };
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

// A holiday: which days, of which company, under which id of Kantata OX.

import { useEffect, useState } from "preact/hooks";
import type { Choices } from "../choices";
import { type Day, FIRST_DAY, LAST_DAY, addDays, isDay } from "../days";
import { Field } from "../fields";
import { dateText } from "../formats";
import { query } from "../gateway";
import { t } from "../messages";
import { useSubmit } from "../submitting";
import type { Problem } from "../wish";
import { FormWindow } from "./form";
import { AbsentDocument, OneHolidayDocument, SaveHolidayDocument } from "./generated";
import type { Holiday } from "./holidays";
import { ChangedMeanwhile, useDraft } from "./meanwhile";
import { Text } from "./people-forms";
import { type Saved, asNew, isAlike, save } from "./saving";

interface Properties {
  /** Undefined: a new one. */
  holiday: Holiday | undefined;
  company: string;
  choices: Choices | undefined;
  onClose: () => void;
  onDone: (name: string) => Promise<void>;
}

export function HolidayForm({ holiday, company, choices, onClose, onDone }: Properties) {
  const companies = choices?.companies ?? [];
  const [opened] = useState(() => fieldsOf(holiday, (company || companies[0]?.id) ?? ""));
  const drafting = useDraft({
    opened,
    read: async () => {
      if (!holiday) return { now: opened, version: "" };
      const now = (await query(OneHolidayDocument, { id: holiday.id })).node as (Holiday & { version: string }) | null;
      return now && { now: fieldsOf(now, ""), version: now.version };
    },
  });
  const { draft, set } = drafting;
  const last = draft.endDate || draft.startDate;
  const submission = useSubmit<Saved>({
    text: JSON.stringify(draft),
    unready: problemsOf(draft),
    judged: [],
    send: () =>
      drafting.store(async (_changed, whole, ifUnchanged) => {
        const sent = sentOf(whole);
        const input = { ...whole, ...sent, ifUnchanged };
        const saved = await save(SaveHolidayDocument, { holiday: input }, ({ upsertHolidays }) => upsertHolidays);
        return holiday ? saved : asNew(saved, (now) => isAlike(sentOf(fieldsOf(now as Holiday, "")), sent));
      }),
    onDone: () => onDone(draft.name),
  });
  const { problems } = submission;
  const day = (place: "startDate" | "endDate") => (
    <Field label={t(place === "startDate" ? "holidays.first" : "holidays.last")} place={place} problems={problems}>
      <input
        type="date"
        min={FIRST_DAY}
        max={LAST_DAY}
        value={draft[place]}
        onInput={({ currentTarget }) => set({ [place]: currentTarget.value })}
      />
    </Field>
  );
  return (
    <FormWindow
      title={holiday ? t("directory.editThis", { name: holiday.name }) : t("holidays.newTitle")}
      {...(holiday ? { subtitle: holiday.company.name } : {})}
      submission={submission}
      act={t("directory.save")}
      acting={t("directory.saving")}
      onClose={onClose}
    >
      <ChangedMeanwhile
        drafting={drafting}
        labels={{ name: t("holidays.name"), startDate: t("holidays.first"), endDate: t("holidays.last") }}
        inWords={(name, value) => (name === "name" ? value : dateText(value))}
      />
      <p class="remark">{t("directory.imported", { system: t("people.kantata") })}</p>
      <Text label={t("holidays.name")} place="name" {...{ draft, set, problems }} />
      <div class="pair">
        {day("startDate")}
        {day("endDate")}
      </div>
      {!holiday && companies.length > 1 && (
        <Field label={t("holidays.company")} place="companyId" problems={problems}>
          <select value={draft.companyId} onChange={({ currentTarget }) => set({ companyId: currentTarget.value })}>
            {companies.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </Field>
      )}
      {!holiday && (
        <Field label={t("holidays.id")} place="sourceId" problems={problems} hint={t("holidays.idHint")}>
          <input
            type="text"
            inputMode="numeric"
            autocomplete="off"
            maxLength={19}
            value={draft.sourceId}
            onInput={({ currentTarget }) => set({ sourceId: currentTarget.value.trim() })}
          />
        </Field>
      )}
      <AbsentText message="holidays.touched" company={draft.companyId} from={draft.startDate} to={last} />
    </FormWindow>
  );
}

function fieldsOf(holiday: Holiday | undefined, company: string) {
  return {
    name: holiday?.name ?? "",
    startDate: holiday?.startDate ?? "",
    endDate: holiday?.endDate ?? "",
    sourceId: holiday?.sourceId ?? "",
    companyId: holiday?.company.id ?? company,
  };
}

/** What the holiday is. Its id and its company are those under which it is found. */
function sentOf({ name, startDate, endDate }: { name: string; startDate: Day; endDate: Day }) {
  return { name, startDate, endDate: endDate || startDate };
}

function problemsOf(draft: { name: string; startDate: Day; endDate: Day; sourceId: string }): Problem[] {
  const found: Problem[] = [];
  if (!draft.name.trim()) found.push({ place: "name", message: t("holidays.needName") });
  if (!isDay(draft.startDate)) found.push({ place: "startDate", message: t("holidays.needDay") });
  if (draft.endDate && draft.endDate < draft.startDate) {
    found.push({ place: "endDate", message: t("holidays.reversed") });
  }
  if (!/^[1-9]\d{0,18}$/.test(draft.sourceId)) found.push({ place: "sourceId", message: t("holidays.needId") });
  return found;
}

interface AbsentProperties {
  message: "holidays.touched" | "holidays.freed";
  company: string;
  from: Day;
  to: Day;
}

/** How many have time off on these days; nothing while that is not known. */
export function AbsentText({ message, company, from, to }: AbsentProperties) {
  const [count, setCount] = useState<number>();
  useEffect(() => {
    setCount(undefined);
    // A window has at most 400 days, and a holiday hardly any.
    if (!isDay(from) || !isDay(to) || to < from || to > addDays(from, 366) || !company) return undefined;
    const leaving = new AbortController();
    query(AbsentDocument, { from, to, filter: { companyId: company, onlyAbsent: true } }, leaving.signal).then(
      ({ schedule }) => setCount(schedule.totalCount),
      () => undefined,
    );
    return () => leaving.abort();
  }, [company, from, to]);
  return (
    <p class="remark" role="status" hidden={count === undefined}>
      {count !== undefined && t(message, { count })}
    </p>
  );
}

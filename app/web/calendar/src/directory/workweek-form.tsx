// A workweek: whose, from when on, and the hours of each weekday.

import { useState } from "preact/hooks";
import type { Choices } from "../choices";
import { FIRST_DAY, LAST_DAY, isDay } from "../days";
import { Field } from "../fields";
import { dateText } from "../formats";
import { query } from "../gateway";
import { t } from "../messages";
import { useSubmit } from "../submitting";
import type { Problem } from "../wish";
import { type Found, Finder } from "./finder";
import { findUsers } from "./finding";
import { FormWindow } from "./form";
import { OneWeekDocument, SaveWorkweekDocument } from "./generated";
import { ChangedMeanwhile, useDraft } from "./meanwhile";
import { type Saved, asNew, isAlike, save } from "./saving";
import { IN_ORDER, WEEKDAYS, type Weekday, hoursField, minutesOf, nameOf } from "./week";
import { type Workweek, whoseOf } from "./workweeks";

interface Properties {
  /** Undefined: a new one. */
  week: Workweek | undefined;
  company: string;
  choices: Choices | undefined;
  onClose: () => void;
  onDone: (name: string) => Promise<void>;
}

type Hours = Record<Weekday, string>;
type Draft = { effectiveFrom: string; effectiveTo: string } & Hours;
/** Whose a workweek is: chosen of a new one, and then for good. */
interface Whose {
  companyId: string;
  isOfUser: boolean;
  user: Found | undefined;
}

/** Kantata's own 40 hours, where nothing else is known. */
const USUAL = Object.fromEntries(WEEKDAYS.map((each, place) => [each, place < 5 ? "8" : "0"])) as Hours;

function draftOf(week: Workweek | undefined): Draft {
  const hours = week ? (Object.fromEntries(WEEKDAYS.map((each) => [each, hoursField(week[each])])) as Hours) : USUAL;
  return { effectiveFrom: week?.effectiveFrom ?? "", effectiveTo: week?.effectiveTo ?? "", ...hours };
}

function ownerOf(week: Workweek | undefined, company: string): Whose {
  return {
    companyId: week?.company.id ?? company,
    isOfUser: Boolean(week?.user),
    user: week?.user ? { id: week.user.id, name: week.user.fullName, facts: "" } : undefined,
  };
}

export function WorkweekForm({ week, company, choices, onClose, onDone }: Properties) {
  const companies = choices?.companies ?? [];
  const [opened] = useState(() => draftOf(week));
  const drafting = useDraft<Draft>({
    opened,
    read: async () => {
      if (!week) return { now: opened, version: "" };
      const now = (await query(OneWeekDocument, { id: week.id })).node as (Workweek & { version: string }) | null;
      return now && { now: draftOf(now), version: now.version };
    },
  });
  const { draft, set } = drafting;
  const [whose, setWhose] = useState(() => ownerOf(week, (company || companies[0]?.id) ?? ""));
  const chosen = companies.find(({ id }) => id === whose.companyId);
  const name = whose.isOfUser ? (whose.user?.name ?? "") : t("workweeks.everybody", { company: chosen?.name ?? "" });
  const submission = useSubmit<Saved>({
    text: JSON.stringify([whose, draft]),
    unready: problemsOf(whose, draft),
    judged: [],
    send: () =>
      drafting.store(async (_changed, whole, version) => {
        const saved = await send(whose, whole, version);
        return week ? saved : asNew(saved, (now) => isAlike(sentOf(draftOf(now as Workweek)), sentOf(whole)));
      }),
    onDone: () => onDone(week ? whoseOf(week) : name),
  });
  const { problems } = submission;
  return (
    <FormWindow
      title={week ? t("workweeks.editTitle", { name: whoseOf(week) }) : t("workweeks.newTitle")}
      {...(week ? { subtitle: week.company.name } : {})}
      submission={submission}
      act={t("directory.save")}
      acting={t("directory.saving")}
      onClose={onClose}
    >
      <ChangedMeanwhile
        drafting={drafting}
        labels={LABELS()}
        inWords={(field, value) => (field === "effectiveTo" ? dateText(value) : value)}
      />
      <p class="remark">{t("directory.imported", { system: t("people.kantata") })}</p>
      {!week && <WhoseFields draft={whose} set={(change) => setWhose({ ...whose, ...change })} {...{ choices, problems }} />}
      <div class="pair">
        <Field
          label={t("workweeks.from")}
          place="effectiveFrom"
          problems={problems}
          hint={week && t("workweeks.fromFixed")}
        >
          <input
            type="date"
            min={FIRST_DAY}
            max={LAST_DAY}
            disabled={week !== undefined}
            value={draft.effectiveFrom}
            onInput={({ currentTarget }) => set({ effectiveFrom: currentTarget.value })}
          />
        </Field>
        <Field label={t("workweeks.to")} place="effectiveTo" problems={problems} hint={t("workweeks.toHint")}>
          <input
            type="date"
            min={FIRST_DAY}
            max={LAST_DAY}
            value={draft.effectiveTo}
            onInput={({ currentTarget }) => set({ effectiveTo: currentTarget.value })}
          />
        </Field>
      </div>
      <div class="weekdays">
        {IN_ORDER.map((weekday) => (
          <Field key={weekday} label={nameOf(weekday, "long")} place={weekday} problems={problems}>
            <input
              type="text"
              inputMode="decimal"
              autocomplete="off"
              maxLength={5}
              value={draft[weekday]}
              onInput={({ currentTarget }) => set({ [weekday]: currentTarget.value })}
            />
          </Field>
        ))}
      </div>
      <p class="hint">{t("workweeks.effect")}</p>
    </FormWindow>
  );
}

const LABELS = (): Partial<Record<keyof Draft, string>> => ({
  effectiveTo: t("workweeks.to"),
  ...Object.fromEntries(WEEKDAYS.map((each) => [each, nameOf(each, "long")])),
});

interface WhoseProperties {
  draft: Whose;
  set: (change: Partial<Whose>) => void;
  choices: Choices | undefined;
  problems: Problem[];
}

function WhoseFields({ draft, set, choices, problems }: WhoseProperties) {
  const companies = choices?.companies ?? [];
  const whose = (isOfUser: boolean) => (
    <label>
      <input type="radio" name="whose" checked={draft.isOfUser === isOfUser} onChange={() => set({ isOfUser })} />
      <span>{t(isOfUser ? "workweeks.user" : "workweeks.company")}</span>
    </label>
  );
  return (
    <>
      {companies.length > 1 && (
        <Field label={t("holidays.company")} place="companyId" problems={problems}>
          <select
            value={draft.companyId}
            onChange={({ currentTarget }) => set({ companyId: currentTarget.value, user: undefined })}
          >
            {companies.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </Field>
      )}
      <fieldset class="models">
        <legend>{t("workweeks.whose")}</legend>
        {whose(false)}
        {whose(true)}
      </fieldset>
      {draft.isOfUser && (
        <Field label={t("workweeks.user")} place="userId" problems={problems} hint={t("link.hint")}>
          <Finder
            key={draft.companyId}
            find={(name, signal) => findUsers(draft.companyId, name, signal)}
            chosen={draft.user}
            onChoose={(user) => set({ user })}
          />
        </Field>
      )}
    </>
  );
}

function problemsOf({ isOfUser, user }: Whose, { effectiveFrom, effectiveTo, ...hours }: Draft): Problem[] {
  const found: Problem[] = [];
  if (isOfUser && !user) found.push({ place: "userId", message: t("workweeks.needUser") });
  if (!isDay(effectiveFrom)) found.push({ place: "effectiveFrom", message: t("workweeks.needDay") });
  if (effectiveTo && effectiveTo < effectiveFrom) {
    found.push({ place: "effectiveTo", message: t("holidays.reversed") });
  }
  for (const weekday of WEEKDAYS) {
    if (minutesOf(hours[weekday]) === undefined) {
      found.push({ place: weekday, message: t("workweeks.hoursNeeded") });
    }
  }
  return found;
}

function send({ companyId, isOfUser, user }: Whose, draft: Draft, ifUnchanged: string): Promise<Saved> {
  return save(
    SaveWorkweekDocument,
    {
      workweek: {
        ...sentOf(draft),
        companyId,
        userId: isOfUser ? (user?.id ?? null) : null,
        ifUnchanged,
      },
    },
    ({ upsertWorkweeks }) => upsertWorkweeks,
  );
}

/** The draft as the gateway takes it. Whose it is it has by the key under which it is found. */
function sentOf({ effectiveFrom, effectiveTo, ...hours }: Draft) {
  const minutes = Object.fromEntries(WEEKDAYS.map((each) => [each, minutesOf(hours[each]) ?? 0]));
  return { ...(minutes as Record<Weekday, number>), effectiveFrom, effectiveTo: effectiveTo || null };
}

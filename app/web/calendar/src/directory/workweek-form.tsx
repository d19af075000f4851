// A workweek: whose, from when on, and the hours of each weekday.

import { useState } from "preact/hooks";
import type { Choices } from "../choices";
import { FIRST_DAY, LAST_DAY, isDay } from "../days";
import { Field } from "../fields";
import { t } from "../messages";
import { useSubmit } from "../submitting";
import type { Problem } from "../wish";
import { type Found, Finder } from "./finder";
import { findUsers } from "./finding";
import { FormWindow } from "./form";
import { SaveWorkweekDocument } from "./generated";
import { type Saved, save } from "./saving";
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
interface Draft {
  companyId: string;
  isOfUser: boolean;
  user: Found | undefined;
  effectiveFrom: string;
  effectiveTo: string;
  hours: Hours;
}

/** Kantata's own 40 hours, where nothing else is known. */
const USUAL = Object.fromEntries(WEEKDAYS.map((each, place) => [each, place < 5 ? "8" : "0"])) as Hours;

function draftOf(week: Workweek | undefined, company: string): Draft {
  return {
    companyId: week?.company.id ?? company,
    isOfUser: Boolean(week?.user),
    user: week?.user ? { id: week.user.id, name: week.user.fullName, facts: "" } : undefined,
    effectiveFrom: week?.effectiveFrom ?? "",
    effectiveTo: week?.effectiveTo ?? "",
    hours: week ? (Object.fromEntries(WEEKDAYS.map((each) => [each, hoursField(week[each])])) as Hours) : USUAL,
  };
}

export function WorkweekForm({ week, company, choices, onClose, onDone }: Properties) {
  const companies = choices?.companies ?? [];
  const [draft, setDraft] = useState(() => draftOf(week, (company || companies[0]?.id) ?? ""));
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const chosen = companies.find(({ id }) => id === draft.companyId);
  const name = draft.isOfUser ? (draft.user?.name ?? "") : t("workweeks.everybody", { company: chosen?.name ?? "" });
  const submission = useSubmit<Saved>({
    text: JSON.stringify(draft),
    unready: problemsOf(draft),
    judged: [],
    send: () => send(draft),
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
      <p class="remark">{t("directory.imported", { system: t("people.kantata") })}</p>
      {!week && <WhoseFields {...{ draft, set, choices, problems }} />}
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
              value={draft.hours[weekday]}
              onInput={({ currentTarget }) => set({ hours: { ...draft.hours, [weekday]: currentTarget.value } })}
            />
          </Field>
        ))}
      </div>
      <p class="hint">{t("workweeks.effect")}</p>
    </FormWindow>
  );
}

interface WhoseProperties {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
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

function problemsOf({ isOfUser, user, effectiveFrom, effectiveTo, hours }: Draft): Problem[] {
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

function send({ companyId, isOfUser, user, effectiveFrom, effectiveTo, hours }: Draft): Promise<Saved> {
  const minutes = Object.fromEntries(WEEKDAYS.map((each) => [each, minutesOf(hours[each]) ?? 0]));
  return save(
    SaveWorkweekDocument,
    {
      workweek: {
        ...(minutes as Record<Weekday, number>),
        companyId,
        userId: isOfUser ? (user?.id ?? null) : null,
        effectiveFrom,
        effectiveTo: effectiveTo || null,
      },
    },
    ({ upsertWorkweeks }) => upsertWorkweeks,
  );
}

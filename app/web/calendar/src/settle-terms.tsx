// What Procore wants to know of an entry that becomes a record: the entry does not say it.

import { Check, Field } from "./fields";
import { t } from "./messages";
import { isQuarterHours } from "./settle-plans";
import type { Terms } from "./settling";
import type { Problem } from "./wish";

interface Properties {
  terms: Terms;
  /** The hours of the entries. */
  hours: number[];
  problems: Problem[];
  onChange: (terms: Terms) => void;
}

/** What was said last is most often said again, until the page is left. */
let last: Terms | undefined;

export function firstTerms(): Terms {
  return { ...(last ?? { isPaid: true, reason: t("settle.usualReason"), batchStartTime: "08:00" }), isRounded: false };
}

export function keepTerms(terms: Terms): void {
  last = terms;
}

export function problemsOfTerms({ reason, batchStartTime }: Terms): Problem[] {
  return [
    ...(reason.trim() ? [] : [{ place: "reason", message: t("wish.reason") }]),
    ...(batchStartTime ? [] : [{ place: "batchStartTime", message: t("wish.from") }]),
  ];
}

export function hasTermsField(place: string): boolean {
  return place === "reason" || place === "batchStartTime";
}

export function TermsFields({ terms, hours, problems, onChange }: Properties) {
  const put = (changed: Partial<Terms>) => onChange({ ...terms, ...changed });
  return (
    <fieldset class="terms">
      <legend>{t("settle.terms")}</legend>
      <div class="pair">
        <Field label={t("form.reason")} place="reason" problems={problems} hint={t("form.reason.readers")}>
          <input type="text" value={terms.reason} onInput={({ currentTarget }) => put({ reason: currentTarget.value })} />
        </Field>
        <Field label={t("form.from")} place="batchStartTime" problems={problems}>
          <input
            type="time"
            value={terms.batchStartTime}
            onInput={({ currentTarget }) => put({ batchStartTime: currentTarget.value })}
          />
        </Field>
      </div>
      <div class="checks">
        <Check label={t("form.paid")} checked={terms.isPaid} onChange={(isPaid) => put({ isPaid })} />
        {hours.some((each) => !isQuarterHours(each)) && (
          <Check
            label={t("settle.round")}
            checked={terms.isRounded}
            onChange={(isRounded) => put({ isRounded })}
          />
        )}
      </div>
    </fieldset>
  );
}

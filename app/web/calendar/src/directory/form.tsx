// A window with a form in it, as all that edit something here have.

import type { ComponentChildren } from "preact";
import { Dialog } from "../dialog";
import { FailureText } from "../failure-text";
import { t } from "../messages";
import type { useSubmit } from "../submitting";
import { MEANWHILE } from "./meanwhile";

interface Properties {
  title: string;
  subtitle?: string;
  submission: ReturnType<typeof useSubmit>;
  /** What the button says, and says while it is carried out. */
  act: string;
  acting: string;
  /** What would come of it, beside the fields. */
  aside?: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
}

export function FormWindow({ title, subtitle, submission, act, acting, aside, onClose, children }: Properties) {
  const { form, isSending, failure, problems } = submission;
  // What lies at no field of its own is said above them all.
  const elsewhere = problems.filter(({ place }) => !PLACES.has(place));
  return (
    <Dialog title={title} {...(subtitle ? { subtitle } : {})} class={aside ? "create" : "edit"} onClose={onClose}>
      <form {...form} class={aside ? "window-body" : "window-body plain"}>
        <div class="fields">
          {(failure || elsewhere.length > 0) && (
            <div class="banner" role="alert">
              <p>
                {failure ? <FailureText failure={failure} isTyping /> : elsewhere.map(({ message }) => message).join(" ")}
              </p>
            </div>
          )}
          {children}
        </div>
        {aside}
        <div class="window-foot">
          <button type="button" onClick={onClose}>
            {t("common.cancel")}
          </button>
          <button type="submit" class="primary" disabled={isSending}>
            {isSending ? acting : act}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The fields of all forms, by the names that the gateway has for them. */
const PLACES = new Set([
  MEANWHILE,
  ...["fullName", "emailAddress", "headline", "roleId", "firstName", "lastName", "email", "employeeNumber"],
  ...["status", "jobTitle", "userId", "personId", "companyId", "effectiveFrom", "effectiveTo", "name", "startDate"],
  ...["endDate", "sourceId", "minimumWorkersAvailable", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
]);

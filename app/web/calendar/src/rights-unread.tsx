// The page does not know what its reader may do: it offers nothing of that, says so, and asks again when told to.

import { FailureText } from "./failure-text";
import { SIGNED_OUT } from "./gateway";
import { t } from "./messages";
import type { Visitor } from "./viewer";

/** Nothing where the rights are known, or where signing in is what is missing, which the page says itself. */
export function RightsUnread({ unread, retry }: Pick<Visitor, "unread" | "retry">) {
  if (!unread || unread.code === SIGNED_OUT) return null;
  return (
    <div class="banner" role="alert">
      <p>
        <b>{t("app.rightsUnread")}</b> <FailureText failure={unread} />
      </p>
      <button type="button" onClick={retry}>
        {t("common.retry")}
      </button>
    </div>
  );
}

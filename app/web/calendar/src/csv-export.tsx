// What the page shows as a file. It is read here and then stored, so that a refusal is told on the
// page and in the reader's language, and not in place of the page.

import { useState } from "preact/hooks";
import { daysFrom } from "./days";
import { FailureText } from "./failure-text";
import { exported } from "./filters";
import { hoursText } from "./formats";
import { Failure, ROOT } from "./gateway";
import { t } from "./messages";
import { type View, daysOf } from "./view";

interface Properties {
  view: View;
  /** Undefined as long as it is not known. */
  workers: number | undefined;
}

const UNAUTHORIZED = 401;

export function CsvExport({ view, workers }: Properties) {
  const [isReading, setReading] = useState(false);
  const [said, setSaid] = useState("");
  const [failure, setFailure] = useState<Failure>();
  const href = addressOf(view);
  const { first, last } = daysOf(view);
  const about = workers === undefined ? undefined : t("csv.about", { days: daysFrom(first, last).length, workers });
  const read = async () => {
    if (isReading) return;
    setReading(true);
    setSaid(t("csv.reading"));
    setFailure(undefined);
    try {
      const answer = await fetch(href).catch(() => Promise.reject(new Failure(t("failure.unreachable"))));
      // Whoever signs in is led back to the file.
      if (answer.status === UNAUTHORIZED) return location.assign(href);
      if (!answer.ok) throw await refusalOf(answer);
      // What breaks off is no file.
      const file = await answer.blob().catch(() => Promise.reject(new Failure(t("csv.brokenOff"))));
      const name = `schedule-${first}-to-${last}.csv`;
      store(file, name);
      setSaid(about === undefined ? t("csv.stored", { name }) : t("csv.storedAbout", { name, about }));
    } catch (fault) {
      setSaid("");
      setFailure(Failure.of(fault));
    } finally {
      setReading(false);
    }
  };
  return (
    <span class="csv">
      <a
        href={href}
        title={about}
        aria-disabled={isReading}
        onClick={(event) => {
          // In another tab, or to be kept: that is the browser's.
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          void read();
        }}
      >
        {t("app.csv")}
      </a>
      <span aria-live="polite">{said}</span>
      {failure && (
        <span class="problem" role="alert">
          {t("csv.failed")} <FailureText failure={failure} />
        </span>
      )}
    </span>
  );
}

/** The same days of the same workers, as a spreadsheet of the reader's region opens it. */
function addressOf(view: View): string {
  const { first, last } = daysOf(view);
  const asked = exported(new URLSearchParams({ from: first, to: last }), view);
  if (hoursText(0.5).includes(",")) asked.set("separator", "semicolon");
  return `${ROOT}/exports/schedule.csv?${asked}`;
}

function store(file: Blob, name: string) {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

interface Refusal {
  message: string;
  extensions?: { code?: string; path?: string[] };
}

/** Why there is no file, in words. */
async function refusalOf(answer: Response): Promise<Failure> {
  const seconds = Number(answer.headers.get("Retry-After"));
  if (answer.status === 429 && seconds) return new Failure(t("failure.RATE_LIMITED", { seconds }));
  const told: unknown = await answer.json().catch(() => undefined);
  const errors = (told as { errors?: Refusal[] } | undefined)?.errors ?? [];
  const { code, path } = errors[0]?.extensions ?? {};
  if (code === "OPERATION_TIMED_OUT") return new Failure(t("failure.OPERATION_TIMED_OUT"));
  if (path?.[0] === "to") return new Failure(t("csv.tooManyDays"));
  if (answer.status === 503) return new Failure(t("failure.SERVICE_UNAVAILABLE"));
  const message = errors.map((each) => each.message).join(" ");
  if (message) return new Failure(t("refusal.as", { message }));
  return new Failure(t("failure.status", { status: String(answer.status) }));
}

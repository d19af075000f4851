// The link of a feed, which is shown only this once, and how a calendar subscribes to it.

import { useRef, useState } from "preact/hooks";
import { type Feed, addressOf, isOnlyHere, webcalOf, whomOf } from "./feeds";
import { rich, t } from "./messages";

export interface Shown {
  feed: Feed;
  /** Null where it was said to a request whose answer was lost. */
  link: string | null;
}

interface Properties {
  shown: Shown;
  /** Go back to where another feed is made. */
  onAnother: () => void;
}

const CALENDARS = ["google", "outlook", "apple"] as const;

export function FeedLink({ shown: { feed, link }, onAnother }: Properties) {
  return (
    <section class="feed-link" aria-labelledby="feed-link-title">
      <h3 id="feed-link-title" tabIndex={-1}>
        {t("feeds.linkOf", { whom: whomOf(feed) })}
      </h3>
      {link ? <Link link={link} /> : <p class="remark">{t("feeds.linkLost")}</p>}
      <button type="button" onClick={onAnother}>
        {t("feeds.another")}
      </button>
    </section>
  );
}

function Link({ link }: { link: string }) {
  const [copied, setCopied] = useState<"yes" | "no">();
  const input = useRef<HTMLInputElement>(null);
  const address = addressOf(link);
  const copy = async () => setCopied((await isCopied(address, input.current)) ? "yes" : "no");
  return (
    <>
      <p class="remark">{t("feeds.once")}</p>
      <div class="pair">
        <input
          ref={input}
          readOnly
          aria-label={t("feeds.link")}
          value={address}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <button type="button" class="primary" onClick={() => void copy()}>
          {t("feeds.copy")}
        </button>
      </div>
      <p class="copied" role="status">
        {copied && t(copied === "yes" ? "feeds.copied" : "feeds.notCopied")}
      </p>
      <p>
        <a href={webcalOf(link)}>{t("feeds.open")}</a>
      </p>
      {isOnlyHere() && <p class="hint">{t("feeds.onlyHere")}</p>}
      <dl class="ways">
        {CALENDARS.map((calendar) => (
          <div key={calendar}>
            <dt>{t(`feeds.${calendar}.name`)}</dt>
            <dd>{rich(`feeds.${calendar}.way`)}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">{t("feeds.notImport")}</p>
    </>
  );
}

/** Browsers let a page that came without TLS copy in the old way only. */
async function isCopied(text: string, input: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    input?.focus();
    input?.select();
    return document.execCommand("copy");
  }
}

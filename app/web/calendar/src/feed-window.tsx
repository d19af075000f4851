// Calendar feeds: make one for the calendar that somebody uses, and look after those that there are.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Choices } from "./choices";
import { Dialog } from "./dialog";
import { FeedForm } from "./feed-form";
import { FeedLink, type Shown } from "./feed-link";
import { FeedList } from "./feed-list";
import { useFeeds } from "./feed-reading";
import type { Issued } from "./feeds";
import { t } from "./messages";
import type { Worker } from "./schedule";
import type { View } from "./view";
import type { Rights } from "./viewer";

export interface Properties {
  rights: Rights;
  /** The worker that the viewer is. */
  own: Worker | undefined;
  /** Whom it was opened for; undefined where it was opened for what the page shows. */
  worker: Worker | undefined;
  view: View;
  choices: Choices | undefined;
  onClose: () => void;
}

export function FeedWindow(properties: Properties) {
  const { onClose } = properties;
  const feeds = useFeeds();
  const [shown, setShown] = useState<Shown>();
  const top = useRef<HTMLDivElement>(null);
  const issue = ({ feed, link }: Issued) => {
    if (!feed) return;
    feeds.put(feed);
    setShown({ feed, link });
  };
  useEffect(() => {
    const link = top.current?.querySelector("input");
    if (shown) (link ?? top.current?.querySelector("h3"))?.focus();
  }, [shown]);
  return (
    <Dialog title={t("feeds.title")} subtitle={t("feeds.about")} class="feeds" onClose={onClose}>
      <div class="window-body">
        <div ref={top}>
          {shown ? (
            <FeedLink shown={shown} onAnother={() => setShown(undefined)} />
          ) : (
            <FeedForm {...properties} onIssued={issue} />
          )}
        </div>
        <FeedList feeds={feeds} onIssued={issue} onEnded={(feed) => shown?.feed.id === feed.id && setShown(undefined)} />
      </div>
    </Dialog>
  );
}

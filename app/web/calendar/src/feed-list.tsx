// The feeds that there are: renewed, revoked and deleted here, each only when it was asked for twice.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { FailureText } from "./failure-text";
import type { Feeds } from "./feed-reading";
import { type Feed, type FeedAct, type Issued, changeFeed, isChanged, readFeed, whomOf } from "./feeds";
import { momentText } from "./formats";
import { Failure } from "./gateway";
import { t } from "./messages";
import { newKey } from "./sending";

interface Properties {
  feeds: Feeds;
  /** It has another link now. */
  onIssued: (issued: Issued) => void;
  /** Its link answers no more. */
  onEnded: (feed: Feed) => void;
}

export function FeedList({ feeds, onIssued, onEnded }: Properties) {
  const { nodes, total, hasMore, isLoading, failure, more } = feeds;
  const [told, setTold] = useState("");
  const title = useRef<HTMLHeadingElement>(null);
  const leave = (what: string) => {
    setTold(what);
    // What was pressed is gone.
    title.current?.focus();
  };
  return (
    <section aria-labelledby="feeds-title">
      <h3 id="feeds-title" ref={title} tabIndex={-1}>
        {t("feeds.list")}
      </h3>
      <p class="copied" role="status">
        {told}
      </p>
      {total === 0 && <p class="quiet">{t("feeds.none")}</p>}
      <ul class="feed-list">
        {nodes.map((feed) => (
          <Item
            key={feed.id}
            feed={feed}
            onChanged={(now) => {
              feeds.put(now);
              onEnded(now);
            }}
            onIssued={(issued) => {
              setTold(t("feeds.renewed", { whom: whomOf(feed) }));
              onIssued(issued);
            }}
            onRevoked={(now) => {
              feeds.put(now);
              onEnded(now);
              leave(t("feeds.revoked", { whom: whomOf(feed) }));
            }}
            onGone={(what) => {
              feeds.drop(feed);
              onEnded(feed);
              leave(what);
            }}
          />
        ))}
      </ul>
      {failure && (
        <div class="banner" role="alert">
          <p>
            <FailureText failure={failure} />
          </p>
        </div>
      )}
      {isLoading && <p class="quiet">{t("common.loading")}</p>}
      {!isLoading && (hasMore || failure) && (
        <button type="button" onClick={more}>
          {failure ? t("common.retry") : t("feeds.more", { shown: nodes.length, total: total ?? 0 })}
        </button>
      )}
    </section>
  );
}

interface ItemProperties {
  feed: Feed;
  /** Somebody else was faster: it is so now. */
  onChanged: (now: Feed) => void;
  onIssued: (issued: Issued) => void;
  onRevoked: (now: Feed) => void;
  /** It is there no more; why, in words. */
  onGone: (what: string) => void;
}

function Item(properties: ItemProperties) {
  const { feed } = properties;
  const [asked, setAsked] = useState<FeedAct>();
  const [meanwhile, setMeanwhile] = useState("");
  const buttons = useRef<HTMLDivElement>(null);
  const id = `feed-${feed.id.replaceAll(/\W/g, "-")}`;
  const close = () => {
    const pressed = asked;
    setAsked(undefined);
    requestAnimationFrame(() => {
      const all = buttons.current?.querySelectorAll("button") ?? [];
      ([...all].find(({ dataset }) => dataset["act"] === pressed) ?? all[0])?.focus();
    });
  };
  const acts: FeedAct[] = feed.revokedAt ? ["renew", "delete"] : ["renew", "revoke", "delete"];
  return (
    <li class={feed.revokedAt ? "revoked" : ""} aria-labelledby={id}>
      <p id={id}>
        <b>{whomOf(feed)}</b> {feed.revokedAt && <em>{t("feeds.isRevoked")}</em>}
      </p>
      <p class="quiet">{datesOf(feed)}</p>
      {meanwhile && (
        <p class="problem" role="alert">
          {meanwhile}
        </p>
      )}
      {asked ? (
        <Question
          {...properties}
          act={asked}
          onClose={close}
          onRevoked={(now) => {
            setAsked(undefined);
            properties.onRevoked(now);
          }}
          onChanged={(now) => {
            properties.onChanged(now);
            setMeanwhile(changeInWords(now));
            close();
          }}
        />
      ) : (
        <div class="acts" ref={buttons}>
          {acts.map((act) => (
            <button
              key={act}
              type="button"
              data-act={act}
              aria-describedby={id}
              onClick={() => {
                setMeanwhile("");
                setAsked(act);
              }}
            >
              {t(`feeds.${act}`)}
            </button>
          ))}
        </div>
      )}
    </li>
  );
}

function datesOf({ createdAt, renewedAt, revokedAt }: Feed): string {
  const said = [t("feeds.createdAt", { at: momentText(new Date(createdAt)) })];
  if (renewedAt) said.push(t("feeds.renewedAt", { at: momentText(new Date(renewedAt)) }));
  if (revokedAt) said.push(t("feeds.revokedAt", { at: momentText(new Date(revokedAt)) }));
  return said.join(" · ");
}

function changeInWords({ createdAt, renewedAt, revokedAt }: Feed): string {
  if (revokedAt) return t("feeds.revokedMeanwhile", { at: momentText(new Date(revokedAt)) });
  return t("feeds.renewedMeanwhile", { at: momentText(new Date(renewedAt ?? createdAt)) });
}

interface QuestionProperties extends ItemProperties {
  act: FeedAct;
  onClose: () => void;
}

/** What it would do, and whether it is to be done. */
function Question({ act, feed, onClose, ...outcome }: QuestionProperties) {
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [problem, setProblem] = useState("");
  // One key for one answer: sent again after a failure it is not carried out twice.
  const [key] = useState(newKey);
  const yes = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    yes.current?.focus({ preventScroll: true });
    // With its question, on a phone, where the list ends below the window.
    yes.current?.closest(".asking")?.scrollIntoView({ block: "nearest" });
  }, []);
  const carryOut = async () => {
    if (isSending) return;
    setSending(true);
    setFailure(undefined);
    setProblem("");
    try {
      // After a failure it may have been this very request that has changed it.
      const now = failure ? feed : await readFeed(feed.id);
      if (!now) return outcome.onGone(t("feeds.goneMeanwhile", { whom: whomOf(feed) }));
      if (isChanged(feed, now)) return outcome.onChanged(now);
      const done = await changeFeed(act, feed.id, key);
      const refused = done.problems[0];
      if (refused?.place === "id") return outcome.onGone(t("feeds.goneMeanwhile", { whom: whomOf(feed) }));
      if (refused) return setProblem(refused.message);
      if (act === "delete") return outcome.onGone(t("feeds.deleted", { whom: whomOf(feed) }));
      if (act === "revoke") return done.feed ? outcome.onRevoked(done.feed) : undefined;
      onClose();
      outcome.onIssued(done);
    } catch (fault) {
      setFailure(Failure.of(fault));
    } finally {
      setSending(false);
    }
  };
  return (
    <div
      class="asking"
      role="group"
      aria-label={t(`feeds.${act}`)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        // It closes the question, not the window.
        event.preventDefault();
        onClose();
      }}
    >
      <p>{t(`feeds.${act}Asked`)}</p>
      {(failure || problem) && (
        <p class="problem" role="alert">
          {failure ? <FailureText failure={failure} /> : problem}
        </p>
      )}
      <div class="acts">
        <button
          type="button"
          class="primary"
          aria-disabled={isSending}
          ref={yes}
          onClick={() => void carryOut()}
        >
          {t(failure ? "common.retry" : `feeds.${act}Now`)}
        </button>
        <button type="button" onClick={onClose}>
          {t("common.cancel")}
        </button>
      </div>
    </div>
  );
}

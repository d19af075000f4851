// Who looks at the page, and what they may do here. The gateway judges every request all the same.

import { useEffect, useRef, useState } from "preact/hooks";
import { Failure, query, watchSession } from "./gateway";
import { ViewerDocument, type ViewerQuery } from "./generated";
import { t } from "./messages";
import type { Worker } from "./schedule";

export type Viewer = ViewerQuery["viewer"];

/** Whom a right is about; a worker: that one alone. */
export type Whom = "anybody" | "nobody" | Worker;

/** What the page offers, as far as it depends on who looks at it. */
export interface Rights {
  /** Whose time off may be recorded. */
  writes: Whom;
  reads: boolean;
  /** Whose reasons are shown, and what references say of them. */
  reasons: Whom;
  /** Whose calendar feeds may be made and ended. */
  feeds: Whom;
}

export interface Visitor {
  /** Undefined as long as it is not known. */
  viewer: Viewer | undefined;
  rights: Rights;
  /** Why it could not be read. */
  unread: Failure | undefined;
  /** The session has ended since the page was opened. */
  isSignedOut: boolean;
  /** Ask again, if who looks at the page is not known. */
  retry: () => void;
}

/** Nothing is offered that would have to be taken away again, or that would be refused. */
const NOT_KNOWN: Rights = { writes: "nobody", reads: false, reasons: "nobody", feeds: "nobody" };

export function useVisitor(): Visitor {
  const [viewer, setViewer] = useState<Viewer>();
  const [unread, setUnread] = useState<Failure>();
  const [isSignedOut, setSignedOut] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const wasSignedOut = useRef(false);
  const askAgain = () => setAttempt((count) => count + 1);
  useEffect(() => {
    watchSession((isSignedIn) => {
      // Somebody else may have signed in meanwhile.
      if (isSignedIn && wasSignedOut.current) askAgain();
      wasSignedOut.current = !isSignedIn;
      setSignedOut(!isSignedIn);
    });
    const comeBack = () => {
      if (wasSignedOut.current) askAgain();
    };
    addEventListener("focus", comeBack);
    return () => removeEventListener("focus", comeBack);
  }, []);
  useEffect(() => {
    const leaving = new AbortController();
    query(ViewerDocument, {}, leaving.signal).then(
      (answer) => {
        setViewer(answer.viewer);
        setUnread(undefined);
      },
      (fault: unknown) => leaving.signal.aborted || setUnread(Failure.of(fault)),
    );
    return () => leaving.abort();
  }, [attempt]);
  return {
    viewer,
    rights: viewer ? rightsOf(viewer) : NOT_KNOWN,
    // Whom one has known is still taken for the same; the gateway refuses what is not permitted any more.
    unread: viewer ? undefined : unread,
    isSignedOut,
    retry: () => unread && askAgain(),
  };
}

function rightsOf({ permissions, worker }: Viewer): Rights {
  const own = permissions.includes("WRITE_OWN_TIME_OFF") && worker ? worker : "nobody";
  const reads = permissions.includes("READ_TIME_OFF");
  const ownFeeds = (reads && worker) || "nobody";
  return {
    writes: permissions.includes("WRITE_TIME_OFF") ? "anybody" : own,
    reads,
    reasons: permissions.includes("READ_REASONS") ? "anybody" : (worker ?? "nobody"),
    feeds: reads && permissions.includes("MANAGE_FEEDS") ? "anybody" : ownFeeds,
  };
}

/** The worker whose time off alone may be recorded, where it is so. */
export function onlyOwnOf({ writes }: Rights): Worker | undefined {
  return typeof writes === "object" ? writes : undefined;
}

/** Whether a right is about this worker, such as `may(rights.writes, worker)`. */
export function may(whom: Whom, worker: Worker): boolean {
  return whom === "anybody" || (whom !== "nobody" && whom.id === worker.id);
}

/** Name and role, such as "Ada, planner". */
export function nameOf({ name, role }: Viewer): string {
  return role ? t("who.name", { name, role: t(`role.${role}`) }) : name;
}

// The feeds that are listed: read page by page, and kept as what is done here changes them.

import { useEffect, useRef, useState } from "preact/hooks";
import { type Feed, type FeedPage, readFeeds } from "./feeds";
import { Abandoned, Failure } from "./gateway";

export interface Feeds {
  nodes: Feed[];
  /** Undefined as long as it is not known. */
  total: number | undefined;
  hasMore: boolean;
  isLoading: boolean;
  failure: Failure | undefined;
  /** Read those that come next, or the first again. */
  more: () => void;
  /** It is so now; what is not listed yet comes first. */
  put: (feed: Feed) => void;
  drop: (feed: Feed) => void;
}

export function useFeeds(): Feeds {
  const [page, setPage] = useState<FeedPage>();
  const [isLoading, setLoading] = useState(true);
  const [failure, setFailure] = useState<Failure>();
  const leaving = useRef(new AbortController());
  /** What was made before the first page came, which may be from before. */
  const early = useRef<Feed[]>([]);
  const more = () => {
    setLoading(true);
    setFailure(undefined);
    readFeeds(page?.pageInfo.startCursor ?? null, leaving.current.signal).then(
      (next) => {
        setPage((before) => (before ? joined(before, next) : early.current.reduce(withFeed, next)));
        setLoading(false);
      },
      (fault: Error) => {
        if (fault instanceof Abandoned) return;
        setFailure(Failure.of(fault));
        setLoading(false);
      },
    );
  };
  useEffect(() => {
    more();
    return () => leaving.current.abort();
  }, []);
  const put = (feed: Feed) => {
    if (!page) early.current.push(feed);
    setPage((before) => before && withFeed(before, feed));
  };
  const drop = ({ id }: Feed) => setPage((before) => before && without(before, id));
  return {
    nodes: page?.nodes ?? [],
    total: page?.totalCount,
    hasMore: page?.pageInfo.hasPreviousPage ?? false,
    isLoading,
    failure,
    more,
    put,
    drop,
  };
}

function joined(before: FeedPage, next: FeedPage): FeedPage {
  const known = new Set(before.nodes.map(({ id }) => id));
  return { ...next, nodes: [...before.nodes, ...next.nodes.filter(({ id }) => !known.has(id))] };
}

function withFeed(page: FeedPage, feed: Feed): FeedPage {
  if (page.nodes.some(({ id }) => id === feed.id)) {
    return { ...page, nodes: page.nodes.map((each) => (each.id === feed.id ? feed : each)) };
  }
  return { ...page, totalCount: page.totalCount + 1, nodes: [feed, ...page.nodes] };
}

function without(page: FeedPage, id: string): FeedPage {
  const nodes = page.nodes.filter((each) => each.id !== id);
  return { ...page, totalCount: page.totalCount - (page.nodes.length - nodes.length), nodes };
}

// Calendar feeds: whose they are, which there are, and how one is made, renewed, revoked and deleted.

import { type Choices, type Company, chosenIn } from "./choices";
import { Failure, ROOT, mutate, query } from "./gateway";
import {
  CreateFeedDocument,
  type CreateCalendarFeedInput,
  DeleteFeedDocument,
  type FeedFragment,
  FeedNowDocument,
  FeedsDocument,
  type FeedsQuery,
  type RefusalFragment,
  RenewFeedDocument,
  RevokeFeedDocument,
} from "./generated";
import { isMessage, t } from "./messages";
import type { Worker } from "./schedule";
import type { View } from "./view";
import type { Problem } from "./wish";

export type Feed = FeedFragment;
export type FeedPage = NonNullable<FeedsQuery["calendarFeeds"]>;

const PAGE = 20;

/** A feed that was made or renewed. */
export interface Issued {
  problems: Problem[];
  feed: Feed | null;
  /** Null where the same had been carried out before: a link is said only once. */
  link: string | null;
}

/** The feeds that were made before those that are known, the latest first. */
export async function readFeeds(before: string | null, signal: AbortSignal): Promise<FeedPage> {
  const { calendarFeeds } = await query(FeedsDocument, { last: PAGE, before }, signal);
  if (!calendarFeeds) throw new Failure(t("failure.noAnswer"));
  return { ...calendarFeeds, nodes: calendarFeeds.nodes.toReversed() };
}

/** The feed as it is now; undefined where it is there no more. */
export async function readFeed(id: string): Promise<Feed | undefined> {
  const { node } = await query(FeedNowDocument, { id });
  return node && isFeed(node) ? node : undefined;
}

export async function createFeed(input: CreateCalendarFeedInput, idempotencyKey: string): Promise<Issued> {
  const { createCalendarFeed: made } = await mutate(CreateFeedDocument, { input: { ...input, idempotencyKey } });
  return { problems: made.userErrors.map(toProblem), feed: made.calendarFeed, link: made.link };
}

function isFeed(node: Feed | Record<PropertyKey, never>): node is Feed {
  return "createdAt" in node;
}

/** What is done with a feed that is there. */
export type FeedAct = "renew" | "revoke" | "delete";

/** Carry it out; a feed that is gone afterwards is null. */
export async function changeFeed(act: FeedAct, id: string, idempotencyKey: string): Promise<Issued> {
  const input = { id, idempotencyKey };
  if (act === "renew") {
    const { renewCalendarFeed: done } = await mutate(RenewFeedDocument, { input });
    return { problems: done.userErrors.map(toProblem), feed: done.calendarFeed, link: done.link };
  }
  if (act === "revoke") {
    const { revokeCalendarFeed: done } = await mutate(RevokeFeedDocument, { input });
    return { problems: done.userErrors.map(toProblem), feed: done.calendarFeed, link: null };
  }
  const { deleteCalendarFeed: done } = await mutate(DeleteFeedDocument, { input });
  return { problems: done.userErrors.map(toProblem), feed: null, link: null };
}

/** Whether somebody has made another link of it since, or ended the one that it had. */
export function isChanged(feed: Feed, now: Feed): boolean {
  return feed.renewedAt !== now.renewedAt || feed.revokedAt !== now.revokedAt;
}

/** A refusal at its place: what is about one of several is at the list of them. */
function toProblem({ code, path, message }: RefusalFragment): Problem {
  return { place: path[0] ?? "", message: inWords(code, path[0] ?? "", message) };
}

const GONE: Record<string, "feeds.noRole" | "feeds.noCompany" | "feeds.noWorker" | "feeds.gone"> = {
  roleIds: "feeds.noRole",
  companyId: "feeds.noCompany",
  workerId: "feeds.noWorker",
  id: "feeds.gone",
};

function inWords(code: RefusalFragment["code"], place: string, message: string): string {
  const gone = code === "NOT_FOUND" && GONE[place];
  if (gone) return t(gone);
  if (code === "NOT_PERMITTED") return t("feeds.notPermitted");
  if (code === "TOO_MANY_ITEMS") return t(place.endsWith("Id") ? "feeds.full" : "feeds.tooMany");
  const id = `refusal.${code}` as const;
  return code !== "INVALID_VALUE" && isMessage(id) ? t(id) : t("refusal.as", { message });
}

/** Whose time off it is, such as "Harbour, Engineer, “ida”". */
export function whomOf({ worker, company, roles, jobTitles, name }: Feed): string {
  if (worker) return worker.fullName;
  const named = name ? [t("feeds.named", { name })] : [];
  const narrowed = [...roles.map((role) => role.name), ...jobTitles, ...named];
  if (narrowed.length === 0) return t("feeds.everybody", { company: company.name });
  return [company.name, ...narrowed].join(", ");
}

/** What a calendar subscribes to: the link below the address at which the page itself was reached. */
export function addressOf(link: string): string {
  return new URL(`${ROOT}${link}`, location.href).href;
}

/** The same for what a device opens its own calendar with. */
export function webcalOf(link: string): string {
  return addressOf(link).replace(/^https?:/, "webcal:");
}

/** Whether calendars in the cloud can hardly reach the gateway: it was reached at an address of this machine. */
export function isOnlyHere(): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);
}

/** The companies that a feed of what the page shows can be of: a feed is of one. */
export function companiesOf(view: View, choices: Choices): Company[] {
  const chosen = chosenIn(choices.companies, view.company);
  if (chosen) return [chosen];
  const ofRoles = view.roles.map((role) => chosenIn(choices.roles, role)?.company.id);
  const isOfRoles = ofRoles.some((company) => company !== undefined);
  return isOfRoles ? choices.companies.filter(({ id }) => ofRoles.includes(id)) : choices.companies;
}

/** The roles that the page shows, as far as they are the company's. */
export function rolesOf(view: View, choices: Choices, company: string) {
  return view.roles.flatMap((role) => {
    const known = chosenIn(choices.roles, role);
    if (!known) return [{ id: role, name: t("toolbar.notListed") }];
    return known.company.id === company ? [known] : [];
  });
}

/** The workers whom the page shows, of one company. */
export function inputOfShown(view: View, choices: Choices, company: string): CreateCalendarFeedInput {
  const roles = rolesOf(view, choices, company);
  const name = view.name.trim();
  return {
    companyId: company,
    ...(roles.length > 0 && { roleIds: roles.map(({ id }) => id) }),
    ...(view.jobTitles.length > 0 && { jobTitles: [...view.jobTitles] }),
    ...(name && { name }),
  };
}

export function inputOfWorker(worker: Worker): CreateCalendarFeedInput {
  return { workerId: worker.id };
}

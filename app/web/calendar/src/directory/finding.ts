// Users and people by a part of their names.

import { query } from "../gateway";
import { t } from "../messages";
import type { Found } from "./finder";
import { FindPeopleDocument, FindUsersDocument } from "./generated";

const MOST = 8;

export async function findUsers(companyId: string, name: string, signal: AbortSignal): Promise<Found[]> {
  const { users } = await query(FindUsersDocument, { filter: { companyId, name }, first: MOST }, signal);
  return users.nodes.map(({ id, fullName, emailAddress, status, worker }) => ({
    id,
    name: fullName,
    facts: facts(emailAddress, worker.person?.fullName, status === "INACTIVE"),
  }));
}

export async function findPeople(companyId: string, name: string, signal: AbortSignal): Promise<Found[]> {
  const { people } = await query(FindPeopleDocument, { filter: { companyId, name }, first: MOST }, signal);
  return people.nodes.map(({ id, fullName, email, status, worker }) => ({
    id,
    name: fullName,
    facts: facts(email, worker.user?.fullName, status === "INACTIVE"),
  }));
}

function facts(email: string | null, other: string | undefined, isInactive: boolean): string {
  return [
    email ?? t("people.noEmail"),
    isInactive && t("people.status.INACTIVE"),
    other && t("link.withNow", { name: other }),
  ]
    .filter(Boolean)
    .join(" · ");
}

// A rule for `graphql-inspector diff`: what CHANGELOG.md announces does not break anybody.
//
// A breaking change is announced by its path (`TimeOffEntry.hours`, `Query.users.first`) in
// backticks in a section "### Breaking" of what is unreleased or was released last.

import { readFileSync } from "node:fs";

const releases = readFileSync("CHANGELOG.md", "utf8").split(/^## /m).slice(1, 3);
const sections = releases.flatMap((release) => release.split(/^### /m).slice(1));
const announced = sections
  .filter((section) => section.startsWith("Breaking"))
  .flatMap((section) => [...section.matchAll(/`([^`]+)`/g)])
  .map(([, path]) => path);

export default function admitAnnounced({ changes }) {
  return changes.map((change) =>
    change.criticality.level === "BREAKING" && announced.includes(change.path)
      ? {
          ...change,
          message: `${change.message} (announced)`,
          criticality: { level: "DANGEROUS", reason: "announced in CHANGELOG.md" },
        }
      : change,
  );
}

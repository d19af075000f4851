// The audits of GraphQL over HTTP by graphql-http: prints how many ended how, and each that
// was not ok.

import { auditServer } from "graphql-http";
import { url } from "./support.mjs";

const counts = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const { id, name, status, reason } of await auditServer({ url })) {
  counts[status] += 1;
  if (status !== "ok") {
    console.error(`${status} ${id} ${name}: ${reason}`);
  }
}
console.log(JSON.stringify(counts));

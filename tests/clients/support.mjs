// What the client scripts share. Each is run as `node <script>.mjs http://…/graphql`, says
// "all passed" and ends with 0, or ends with 1 and what it missed.

import { connect, createServer } from "node:net";

export const url = process.argv[2];

/** What goes over the wire from now on, oldest first. */
export function record() {
  const requests = [];
  const { fetch } = globalThis;
  globalThis.fetch = (input, options = {}) => {
    const sent = options.body
      ? JSON.parse(options.body)
      : Object.fromEntries(new URL(input).searchParams);
    requests.push({ method: options.method ?? "GET", sent });
    return fetch(input, options);
  };
  return requests;
}

/** How documents went over the wire: by which method, and whether more than their hashes did. */
export function ways(requests) {
  return requests.map(({ method, sent }) => `${method} ${"query" in sent ? "document" : "hash"}`);
}

/** The input of a mutation that takes one day off. */
export function entry(userId, requestedDate, hours) {
  return { timeOffEntries: [{ userId, requestedDate, hours }] };
}

/** The gateway's address over a line that can be cut: all its connections end without a word. */
export async function line() {
  const { hostname, port, pathname } = new URL(url);
  const ends = new Set();
  const server = createServer((near) => {
    const far = connect(port, hostname);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ]) {
      ends.add(end);
      end.on("error", () => other.destroy());
      end.on("close", () => other.destroy());
      end.pipe(other);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  function cut() {
    ends.forEach((end) => end.destroy());
    ends.clear();
  }
  function close() {
    server.close();
    cut();
  }
  return { url: `http://127.0.0.1:${server.address().port}${pathname}`, cut, close };
}

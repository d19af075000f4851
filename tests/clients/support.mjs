// What the client scripts share. Each is run as `node <script>.mjs http://…/graphql`, says
// "all passed" and ends with 0, or ends with 1 and what it missed.

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

// The gateway as GraphiQL asks it: every answer shows whether it still knows who asks.

const mount = document.getElementById("graphiql");

export const ROOT = mount.dataset.root;
export const ENDPOINT = mount.dataset.endpoint;
/** The endpoint for WebSockets. */
export const SOCKET = new URL(ENDPOINT, location.href).href.replace(/^http/, "ws");

const watchers = new Set();

/** Be told by each answer whether the gateway knows who asks. Returns how to stop that. */
export function watchSession(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** fetch, with an eye on its answer. */
export async function fetchWatched(...request) {
  const response = await fetch(...request);
  if (response.ok || response.status === 401) watchers.forEach((watcher) => watcher(response.ok));
  return response;
}

/** Who asks: null if the gateway does not say. */
export async function askViewer() {
  const body = JSON.stringify({ query: "query Viewer { viewer { name kind role } }" });
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const response = await fetchWatched(ENDPOINT, { method: "POST", headers, body });
  return response.ok ? ((await response.json()).data?.viewer ?? null) : null;
}

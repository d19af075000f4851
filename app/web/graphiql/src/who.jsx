// Who is signed in, and how to leave; and the way back in when the session has ended.

import { useEffect, useState } from "react";
import { ROOT, askViewer, watchSession } from "./gateway";

export function Who() {
  const [viewer, setViewer] = useState(null);
  const [isSignedOut, setSignedOut] = useState(false);
  useEffect(() => watchSession((isSignedIn) => setSignedOut(!isSignedIn)), []);
  useEffect(() => {
    // Again after a session has ended: somebody else may have signed in.
    if (!isSignedOut) askViewer().then(setViewer, () => setViewer(null));
  }, [isSignedOut]);
  if (isSignedOut) {
    const returnTo = encodeURIComponent(location.pathname);
    return (
      <span className="gateway-who" role="alert">
        You are signed out.{" "}
        <a href={`${ROOT}/sign-in?return_to=${returnTo}`} target="_blank">
          Sign in
        </a>
      </span>
    );
  }
  // On one's own machine nobody has to sign in.
  if (!viewer || viewer.kind === "LOCAL") return null;
  return (
    <form className="gateway-who" method="post" action={`${ROOT}/sign-out`}>
      <a href={`${ROOT}/sessions`} title="Where you are signed in">
        {nameOf(viewer)}
      </a>
      <button>Sign out</button>
    </form>
  );
}

/** Name and role, such as "Ada, planner". */
function nameOf({ name, role }) {
  return role ? `${name}, ${role === "HR" ? role : role.toLowerCase()}` : name;
}

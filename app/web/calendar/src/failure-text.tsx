// What went wrong, in words; whoever is signed out meanwhile finds the way back in.

import { type Failure, ROOT, SIGNED_OUT } from "./gateway";

interface Properties {
  failure: Failure;
  /** Whether something is typed in that must not go away with the page. */
  isTyping?: boolean;
}

export function FailureText({ failure, isTyping = false }: Properties) {
  if (failure.code !== SIGNED_OUT) return <>{failure.message}</>;
  return (
    <>
      {failure.message} <SignInLink isTyping={isTyping} />
      {isTyping && " in another tab, then go on here: nothing that you typed is lost."}
    </>
  );
}

/** The way to sign in and back to what is looked at now. */
export function SignInLink({ isTyping = false }: Pick<Properties, "isTyping">) {
  const returnTo = encodeURIComponent(location.pathname + location.search);
  return (
    <a href={`${ROOT}/sign-in?return_to=${returnTo}`} target={isTyping ? "_blank" : undefined}>
      Sign in
    </a>
  );
}

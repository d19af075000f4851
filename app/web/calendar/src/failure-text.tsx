// What went wrong, in words; whoever is signed out meanwhile finds the way back in.

import { type Failure, ROOT, SIGNED_OUT } from "./gateway";
import { rich } from "./messages";

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
    </>
  );
}

/** The way to sign in and back to what is looked at now; for who is typing in another tab. */
export function SignInLink({ isTyping = false }: Pick<Properties, "isTyping">) {
  const returnTo = encodeURIComponent(location.pathname + location.search);
  const text = rich(isTyping ? "signIn.otherTab" : "signIn.link", {
    link: (children) => (
      <a href={`${ROOT}/sign-in?return_to=${returnTo}`} target={isTyping ? "_blank" : undefined}>
        {children}
      </a>
    ),
  });
  return <>{text}</>;
}

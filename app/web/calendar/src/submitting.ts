// What a form does when it is sent: nothing twice, and what is wrong stands at its field.

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Failure } from "./gateway";
import { t } from "./messages";
import { newKey } from "./sending";
import { useTouched } from "./touched";
import type { Problem } from "./wish";

interface Asked<Done extends { problems: Problem[] }> {
  /** What stands in the form, as a text to compare. */
  text: string;
  /** What is not even a request yet: with it nothing is sent. */
  unready: Problem[];
  /** Whether all that it lacks is still being looked up: whoever sends it need not do so again. */
  isReading?: boolean;
  /** What the preview says of it. */
  judged: Problem[];
  /** Carry it out. The same key again does nothing again. */
  send: (key: string) => Promise<Done>;
  onDone: (done: Done) => Promise<void>;
}

/** How the form is sent, and what is to be shown of what is wrong with it. */
export function useSubmit<Done extends { problems: Problem[] }>({ text, unready, isReading = false, judged, send, onDone }: Asked<Done>) {
  const [isSending, setSending] = useState(false);
  const [isWaiting, setWaiting] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [refused, setRefused] = useState<{ text: string; problems: Problem[] }>();
  const form = useRef<HTMLFormElement>(null);
  const key = useRef({ text: "", value: "" });
  const touched = useTouched();
  const isLeft = useRef(false);
  useEffect(
    () => () => {
      isLeft.current = true;
    },
    [],
  );

  // A window is shut by the browser before the page takes it away.
  const isUnseen = () => isLeft.current || form.current?.closest("dialog")?.open === false;

  // What the form was refused for holds until it is changed; then the preview judges. Until it was sent,
  // nobody is told that a field is wrong which nobody has touched yet.
  const unread = unready.filter(({ place }) => refused || touched.isLeft(place));
  const told = judged.filter(({ place }) => refused || touched.isLeft(place));
  const refuse = (why: Problem[]) => {
    if (isUnseen()) return tellUnseen(why.map(({ message }) => message).join(" "));
    setRefused({ text, problems: why });
    lookAtWrong(form);
  };
  const submit = async () => {
    if (isSending) return;
    if (isReading) return setWaiting(true);
    if (unready.length) return refuse(unready);
    // One key for one wish: sent again after a failure it is not carried out twice.
    if (key.current.text !== text) key.current = { text, value: newKey() };
    setSending(true);
    setFailure(undefined);
    try {
      const done = await send(key.current.value);
      if (done.problems.length) refuse(done.problems);
      else await onDone(done);
    } catch (fault) {
      if (isUnseen()) tellUnseen(Failure.of(fault).message);
      setFailure(Failure.of(fault));
      lookAtWrong(form);
    } finally {
      setSending(false);
    }
  };
  useEffect(() => {
    if (!isWaiting || isReading) return;
    setWaiting(false);
    void submit();
  }, [isWaiting, isReading]);
  return {
    isSending: isSending || isWaiting,
    failure,
    touched,
    problems: refused?.text === text ? refused.problems : [...unread, ...told],
    /** What went wrong was about what stood in the form before. */
    forget: () => {
      setFailure(undefined);
      setWaiting(false);
    },
    /** For the form's element. */
    form: {
      ref: form,
      noValidate: true,
      onInput: touched.onInput,
      onFocusOut: touched.onFocusOut,
      onSubmit: (event: Event) => {
        event.preventDefault();
        void submit();
      },
    },
  };
}

const unseen = new EventTarget();

/** What went wrong after the form was left is told by the page; the form cannot say it any more. */
function tellUnseen(why: string) {
  unseen.dispatchEvent(new CustomEvent("told", { detail: t("form.unseen", { why }) }));
}

/** Hear of what went wrong in forms that nobody sees any more. */
export function useUnseen(onTold: (text: string) => void): void {
  const latest = useRef(onTold);
  latest.current = onTold;
  useEffect(() => {
    const listener = (event: Event) => latest.current((event as CustomEvent<string>).detail);
    unseen.addEventListener("told", listener);
    return () => unseen.removeEventListener("told", listener);
  }, []);
}

/** The focus goes to the first field that is wrong; what is said above the fields comes into sight. */
function lookAtWrong(form: RefObject<HTMLFormElement | null>) {
  requestAnimationFrame(() => {
    const wrong = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    if (wrong) return wrong.focus();
    const said = form.current?.querySelector(".banner");
    said?.scrollIntoView({ block: "nearest" });
    said?.querySelector("button")?.focus();
  });
}

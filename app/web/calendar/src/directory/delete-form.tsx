// Asking before something of the directory is deleted.

import type { ComponentChildren } from "preact";
import { t } from "../messages";
import { useSubmit } from "../submitting";
import { FormWindow } from "./form";
import type { Saved } from "./saving";

interface Properties {
  title: string;
  what: string;
  send: () => Promise<Saved>;
  onClose: () => void;
  onDone: () => Promise<void>;
  children?: ComponentChildren;
}

export function DeleteForm({ title, what, send, onClose, onDone, children }: Properties) {
  const submission = useSubmit<Saved>({ text: title, unready: [], judged: [], send, onDone });
  return (
    <FormWindow
      title={title}
      submission={submission}
      act={t("directory.delete")}
      acting={t("directory.deleting")}
      onClose={onClose}
    >
      <p>{what}</p>
      {children}
    </FormWindow>
  );
}

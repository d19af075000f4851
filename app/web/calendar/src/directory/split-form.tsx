// Saying that a user and a person are two workers.

import { mutate } from "../gateway";
import { t } from "../messages";
import { useSubmit } from "../submitting";
import { comparedDays } from "./changes";
import { ChangesPreview, useTried } from "./changes-preview";
import { FormWindow } from "./form";
import { SplitDocument } from "./generated";
import type { WorkerFormProperties } from "./people-forms";
import { toProblem } from "./saving";

export function SplitForm({ worker, onClose, onDone }: WorkerFormProperties) {
  const ask = async (isPreview: boolean, signal?: AbortSignal) => {
    const input = { workerId: worker.id, dryRun: isPreview };
    const { unlinkWorker } = await mutate(SplitDocument, { input, ...comparedDays(), isPreview }, signal);
    return { rejoined: unlinkWorker, problems: unlinkWorker.userErrors.map(toProblem) };
  };
  const tried = useTried(worker.id, (signal) => ask(true, signal));
  const submission = useSubmit({
    text: worker.id,
    unready: [],
    judged: tried.problems,
    send: () => ask(false),
    onDone: () => onDone(t("split.done", { name: worker.fullName })),
  });
  return (
    <FormWindow
      title={t("split.title", { name: worker.fullName })}
      subtitle={worker.company.name}
      submission={submission}
      act={t("split.act")}
      acting={t("split.acting")}
      aside={<ChangesPreview {...tried} />}
      onClose={onClose}
    >
      <p>{t("split.what")}</p>
    </FormWindow>
  );
}

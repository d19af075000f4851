// Saying that a user and a person are one worker.

import { useState } from "preact/hooks";
import { Field } from "../fields";
import { mutate } from "../gateway";
import { t } from "../messages";
import { useSubmit } from "../submitting";
import type { Problem } from "../wish";
import { comparedDays } from "./changes";
import { ChangesPreview, useTried } from "./changes-preview";
import { type Found, Finder } from "./finder";
import { findPeople, findUsers } from "./finding";
import { FormWindow } from "./form";
import { LinkDocument } from "./generated";
import type { WorkerFormProperties } from "./people-forms";
import { toProblem } from "./saving";

export function LinkForm({ worker, onClose, onDone }: WorkerFormProperties) {
  const { user, person, company, apart } = worker;
  const [chosen, setChosen] = useState<Found>();
  // Of a user the person is looked for, also of one who has another now.
  const isForUser = user !== null;
  const place = isForUser ? "personId" : "userId";
  const ids = { userId: user?.id ?? chosen?.id ?? "", personId: isForUser ? (chosen?.id ?? "") : (person?.id ?? "") };
  const ask = async (isPreview: boolean, signal?: AbortSignal) => {
    const input = { ...ids, dryRun: isPreview };
    const { linkWorker } = await mutate(LinkDocument, { input, ...comparedDays(), isPreview }, signal);
    return { rejoined: linkWorker, problems: linkWorker.userErrors.map(toProblem) };
  };
  const tried = useTried(chosen?.id, (signal) => ask(true, signal));
  const unready: Problem[] = chosen ? [] : [{ place, message: t("link.need") }];
  const submission = useSubmit({
    text: JSON.stringify(ids),
    unready,
    judged: tried.problems,
    send: () => ask(false),
    onDone: () => onDone(t("link.done", { name: worker.fullName })),
  });
  const others = (apart?.others ?? []).flatMap((other) => {
    const half = isForUser ? other.person : other.user;
    return half ? [{ id: half.id, name: half.fullName, facts: "email" in half ? (half.email ?? "") : (half.emailAddress ?? "") }] : [];
  });
  return (
    <FormWindow
      title={t("link.title", { name: worker.fullName })}
      subtitle={isForUser ? t("people.kantata") : t("people.procore")}
      submission={submission}
      act={t("link.act")}
      acting={t("link.acting")}
      aside={<ChangesPreview {...tried} />}
      onClose={onClose}
    >
      <Field
        label={t(isForUser ? "link.findPerson" : "link.findUser")}
        place={place}
        problems={submission.problems}
        hint={t("link.hint")}
      >
        <Finder
          find={(name, signal) => (isForUser ? findPeople : findUsers)(company.id, name, signal)}
          chosen={chosen}
          onChoose={setChosen}
          first={others}
          isFirst
        />
      </Field>
      <p class="hint">{t("link.lasts")}</p>
    </FormWindow>
  );
}

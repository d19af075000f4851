// Whose time off it is: found by typing a part of the name.

import { useState } from "preact/hooks";
import { Combobox, type FieldProperties } from "./combobox";
import { Field } from "./fields";
import { useFoundWorkers } from "./found-workers";
import { roleOf } from "./grid";
import { t } from "./messages";
import type { Worker } from "./schedule";
import type { Problem } from "./wish";

interface Properties {
  /** Those of the page. */
  workers: Worker[];
  /** Whether there is nobody else who could be chosen. */
  isEverybody: boolean;
  worker: Worker | undefined;
  problems: Problem[];
  onChange: (worker: Worker) => void;
}

export function WorkerField({ problems, ...others }: Properties) {
  return (
    <Field label={t("form.who")} place="worker" problems={problems}>
      <WorkerInput {...others} />
    </Field>
  );
}

type InputProperties = Omit<Properties, "problems"> & FieldProperties;

function WorkerInput({ workers, isEverybody, worker, onChange, ...field }: InputProperties) {
  const [typed, setTyped] = useState("");
  const found = useFoundWorkers(typed, workers, isEverybody);
  return (
    <Combobox
      {...field}
      items={found.workers}
      isAsking={found.isAsking}
      chosen={worker}
      onChoose={onChange}
      typed={typed}
      onType={setTyped}
      keyOf={({ id }) => id}
      nameOf={({ fullName, company }) => `${fullName}, ${company.name}`}
      wordsOf={(each) => ({
        name: each.fullName,
        facts: [roleOf(each), each.company.name].filter(Boolean).join(" · "),
      })}
      placeholder={t("form.chooseWorker")}
      isFirst={!worker}
    />
  );
}

// A labelled field with what is wrong with it, so that everybody is told where it belongs.

import { cloneElement, type ComponentChildren, type VNode } from "preact";
import type { Problem } from "./wish";

interface Properties {
  label: string;
  /** Where the gateway looks for the value: a problem there is shown here. */
  place: string;
  problems: Problem[];
  hint?: string | undefined;
  /** The input. */
  children: VNode<Record<string, unknown>>;
}

export function Field({ label, place, problems, hint, children }: Properties) {
  const own = problems.filter((problem) => problem.place === place);
  const id = `field-${place}`;
  const said = [hint && `${id}-hint`, own.length && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div class="field" data-place={place}>
      <label for={id}>{label}</label>
      {cloneElement(children, {
        id,
        "aria-invalid": own.length > 0,
        "aria-describedby": said || undefined,
      })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {own.length > 0 && (
        <p class="problem" id={`${id}-problem`}>
          {own.map(({ message }) => message).join(" ")}
        </p>
      )}
    </div>
  );
}

interface CheckProperties {
  label: ComponentChildren;
  checked: boolean;
  /** The id of what says why it cannot be changed. */
  describedBy?: string | undefined;
  onChange: (checked: boolean) => void;
}

export function Check({ label, checked, describedBy, onChange }: CheckProperties) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={describedBy !== undefined}
        aria-describedby={describedBy}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {label}
    </label>
  );
}

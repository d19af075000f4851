// A filter by one of those that there are, or by none; what the address names stays even if it is not listed.

import { type Choice, chosenIn } from "./choices";
import { t } from "./messages";

interface FilterProperties {
  label: string;
  all: string;
  options: readonly Choice[];
  value: string;
  /** Whether all there is to choose from is known. */
  isKnown: boolean;
  onChange: (id: string) => void;
}

export function Filter({ label, all, options, value, isKnown, onChange }: FilterProperties) {
  const chosen = chosenIn(options, value);
  return (
    <select
      aria-label={label}
      value={chosen?.id ?? value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      <option value="">{all}</option>
      {options.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
      {value && !chosen && <option value={value}>{isKnown ? t("toolbar.notListed") : "…"}</option>}
    </select>
  );
}

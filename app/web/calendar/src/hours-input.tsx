// A field of hours, with a comma or a point: a field of numbers takes only that of the browser's own language,
// and makes 75 of 7,5 in another.

import { useState } from "preact/hooks";
import { hoursToType, typedHours } from "./formats";

interface Properties {
  /** With a point, as programs write it; empty where it is no number. */
  hours: string;
  /** Whether they are what was typed here; otherwise they follow from elsewhere. */
  isTyped: boolean;
  placeholder?: string;
  onChange: (hours: string) => void;
}

export function HoursInput({ hours, isTyped, onChange, ...others }: Properties) {
  const [typed, setTyped] = useState({ text: "", hours: "" });
  return (
    <input
      {...others}
      type="text"
      inputMode="decimal"
      autocomplete="off"
      maxLength={12}
      value={isTyped && typed.hours === hours ? typed.text : hoursToType(hours)}
      onInput={({ currentTarget: { value: text } }) => {
        setTyped({ text, hours: typedHours(text) });
        onChange(typedHours(text));
      }}
    />
  );
}

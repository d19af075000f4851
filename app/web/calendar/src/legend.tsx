import type { Kind } from "./kinds";
import { type PlainId, t } from "./messages";

interface Sign {
  kind: Kind;
  /** What else the cell looks like. */
  also?: string;
  sample?: string;
  words: PlainId;
  meaning: PlainId;
}

/** The signs of the grid in words that need no other words; what more there is to say is said on hovering. */
const SIGNS: readonly Sign[] = [
  { kind: "paid", sample: "8", words: "kind.paid", meaning: "kind.paid.meaning" },
  { kind: "unpaid", sample: "8", words: "kind.unpaid", meaning: "kind.unpaid.meaning" },
  { kind: "unknown", sample: "8", words: "legend.unknown", meaning: "kind.unknown.meaning" },
  { kind: "paid", also: "part", sample: "4", words: "legend.part", meaning: "legend.part.meaning" },
  { kind: "conflict", sample: "8", words: "kind.conflict", meaning: "kind.conflict.meaning" },
  { kind: "paid", also: "differs", sample: "8", words: "legend.differs", meaning: "legend.differs.meaning" },
  { kind: "paid", also: "noted", sample: "8", words: "legend.note", meaning: "legend.note.meaning" },
  { kind: "holiday", words: "kind.holiday", meaning: "kind.holiday.meaning" },
  { kind: "off-duty", words: "legend.off-duty", meaning: "kind.off-duty.meaning" },
];

/** What the cells mean, each with its sign as in the grid. */
export function Legend() {
  return (
    <ul class="legend" aria-label={t("legend.label")}>
      {SIGNS.map(({ kind, also = "", sample, words, meaning }) => (
        <li key={words} title={t(meaning)}>
          <i class={`cell ${kind} ${also}`} aria-hidden="true">
            {sample}
          </i>
          {t(words)}
        </li>
      ))}
    </ul>
  );
}

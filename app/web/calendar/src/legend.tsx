import { KINDS } from "./kinds";
import { t } from "./messages";

/** What the cells mean, each with its sign as in the grid. */
export function Legend() {
  return (
    <ul class="legend" aria-label={t("legend.label")}>
      {KINDS.map(({ kind, sample }) => (
        <li key={kind} title={t(`kind.${kind}.meaning`)}>
          <i class={`cell ${kind}`} aria-hidden="true">
            {sample}
          </i>
          {t(`kind.${kind}`)}
        </li>
      ))}
      <li title={t("legend.note.meaning")}>
        <i class="cell paid noted" aria-hidden="true">
          8
        </i>
        {t("legend.note")}
      </li>
    </ul>
  );
}

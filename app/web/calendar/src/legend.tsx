import { KINDS } from "./kinds";

/** What the cells mean, each with its sign as in the grid. */
export function Legend() {
  return (
    <ul class="legend" aria-label="Kinds of days">
      {KINDS.map(({ kind, name, meaning, sample }) => (
        <li key={kind} title={meaning}>
          <i class={`cell ${kind}`} aria-hidden="true">
            {sample}
          </i>
          {name}
        </li>
      ))}
      <li title="Open the day to read what it is about.">
        <i class="cell paid noted" aria-hidden="true">
          8
        </i>
        Has a note
      </li>
    </ul>
  );
}

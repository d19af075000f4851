// Somebody who is found by typing a part of the name, as WAI-ARIA's combobox with a list does it.
//
// Downshift, because it is kept to that pattern (keys, focus, what a screen reader hears) by people who test it
// with them. What it needs of React is preact/compat, by the package alias that Preact has for this; it is 12 kB
// of the page, compressed.

import { type UseComboboxState, type UseComboboxStateChangeOptions, useCombobox } from "downshift";
import { t } from "./messages";

export interface FieldProperties {
  // What the field around it says of the input.
  id?: string;
  "aria-invalid"?: boolean;
  "aria-describedby"?: string;
}

interface Properties<Item> extends FieldProperties {
  /** Those who fit what was typed. */
  items: Item[];
  /** Whether more of them may come. */
  isAsking: boolean;
  chosen: Item | undefined;
  onChoose: (item: Item) => void;
  /** What was typed since somebody was chosen; empty where nothing was. */
  typed: string;
  onType: (typed: string) => void;
  keyOf: (item: Item) => string;
  /** What stands in the input of who is chosen. */
  nameOf: (item: Item) => string;
  /** In the list: the name, and what tells namesakes apart. */
  wordsOf: (item: Item) => { name: string; facts: string };
  placeholder?: string | undefined;
  /** Whether the window begins with it. */
  isFirst?: boolean;
}

export function Combobox<Item>(properties: Properties<Item>) {
  const { items, isAsking, chosen, onChoose, typed, onType, keyOf, wordsOf, placeholder, isFirst = false, id = "", ...others } = properties;
  const { "aria-invalid": isInvalid, "aria-describedby": describedBy } = others;
  const nameOf = (item: Item | null | undefined) => (item ? others.nameOf(item) : "");
  const combobox = useCombobox<Item>({
    items,
    itemToString: nameOf,
    itemToKey: (item) => item && keyOf(item),
    selectedItem: chosen ?? null,
    defaultHighlightedIndex: 0,
    inputId: id,
    // What it would say of the list is outside of the dialog, where nobody hears it.
    getA11yStatusMessage: () => "",
    stateReducer: (state, change) => reduced(state, change, nameOf),
    onInputValueChange: ({ inputValue, selectedItem }) => onType(inputValue === nameOf(selectedItem) ? "" : inputValue),
    onSelectedItemChange: ({ selectedItem }) => selectedItem && onChoose(selectedItem),
  });
  const { isOpen, highlightedIndex, getInputProps, getMenuProps, getItemProps } = combobox;
  const input = getInputProps({
    "aria-invalid": isInvalid,
    "aria-describedby": describedBy,
    "aria-labelledby": undefined,
    placeholder,
    autoFocus: isFirst,
    spellCheck: false,
    onKeyDown: (event) => {
      // Downshift keeps Escape to itself, in an open list and in a closed one, where it is the dialog's.
      if (event.key === "Escape" && !isOpen) Object.assign(event, { preventDownshiftDefault: true });
    },
    onFocus: ({ currentTarget }) => currentTarget.select(),
  });
  return (
    <div class="combobox">
      <input {...(input as object)} />
      <ul
        {...(getMenuProps({ "aria-label": t("worker.list"), "aria-labelledby": undefined }) as object)}
        hidden={!isOpen || items.length === 0}
      >
        {isOpen &&
          items.map((item, index) => {
            const { name, facts } = wordsOf(item);
            return (
              <li
                key={keyOf(item)}
                {...(getItemProps({ item, index }) as object)}
                class={index === highlightedIndex ? "highlighted" : undefined}
              >
                <b>{name}</b> <span>{facts}</span>
              </li>
            );
          })}
      </ul>
      <p class={items.length > 0 ? "unseen" : "hint"} role="status">
        {isOpen && typed && (isAsking ? t("worker.searching") : t("worker.found", { count: items.length }))}
      </p>
    </div>
  );
}

/** What is typed but chosen from nothing goes with the focus, and by Escape. */
function reduced<Item>(
  state: UseComboboxState<Item>,
  { type, changes }: UseComboboxStateChangeOptions<Item>,
  nameOf: (item: Item | null | undefined) => string,
): Partial<UseComboboxState<Item>> {
  const { stateChangeTypes } = useCombobox;
  if (type === stateChangeTypes.InputKeyDownEscape) {
    return { ...state, isOpen: false, inputValue: nameOf(state.selectedItem) };
  }
  if (type === stateChangeTypes.InputBlur) {
    return { ...changes, inputValue: nameOf(changes.selectedItem ?? state.selectedItem) };
  }
  return changes;
}

// What the page says, in the reader's language. Each message stands, as ICU writes it, in
// messages/ under an id that says where it is read and what it means.
//
// intl-messageformat (FormatJS) because ICU is what translators and their tools know, it leaves plurals and
// numbers to the browser's Intl in the reader's region, and it takes messages that the build has parsed.

import { IntlMessageFormat } from "intl-messageformat";
import { type ComponentChildren, createElement } from "preact";
import type { Messages } from "./generated-messages";
import { LANGUAGE, LOCALE, type Language } from "./language";
import english from "./messages/en.json";

export type MessageId = keyof Messages;
/** Messages that are said without knowing anything. */
export type PlainId = { [Id in MessageId]: keyof Messages[Id] extends never ? Id : never }[MessageId];
/** What stands around a part of a message, such as a link. */
export type Tag = (children: ComponentChildren) => ComponentChildren;
/** A text, or what the build made of one that has arguments. */
export type Compiled = Record<string, string | ConstructorParameters<typeof IntlMessageFormat>[0]>;

type Arguments<Values> = keyof Values extends never ? [] : [values: Values];
/** `<b>` and `<code>` stand for themselves, so nobody has to say what they are. */
type Rich<Id extends MessageId> = Omit<Messages[Id], "b" | "code">;

const OTHERS: Record<Exclude<Language, "en">, () => Promise<{ default: Compiled }>> = {
  de: () => import("./messages/de.json"),
  es: () => import("./messages/es.json"),
  fr: () => import("./messages/fr.json"),
};
/** Hours as people write them: at most two digits behind the point, none that say nothing. */
const NUMBERS = { number: { hours: { maximumFractionDigits: 2 }, plain: { useGrouping: false } } };
const TAGS = {
  b: (children: ComponentChildren) => createElement("b", null, children),
  code: (children: ComponentChildren) => createElement("code", null, children),
};

let messages: Compiled | undefined;
const formats = new Map<string, IntlMessageFormat>();

/**
 * Read the messages of the reader's language. The English ones come with the page, and are there if those are not.
 * What a page says besides is `more`.
 */
export async function loadMessages(more?: { english: Compiled; others: typeof OTHERS }): Promise<void> {
  messages = { ...english, ...more?.english };
  if (LANGUAGE === "en") return;
  try {
    const read = await Promise.all([OTHERS[LANGUAGE](), more?.others[LANGUAGE]()]);
    messages = Object.assign({}, ...read.map((each) => each?.default));
  } catch {
    document.documentElement.lang = "en";
  }
}

/** A message in words. */
export function t<Id extends MessageId>(id: Id, ...[values]: Arguments<Messages[Id]>): string {
  const message = messageOf(id);
  return typeof message === "string" ? message : String(message.format(values as Record<string, string | number>));
}

/** A message with markup in it. */
export function rich<Id extends MessageId>(id: Id, ...[values]: Arguments<Rich<Id>>): ComponentChildren {
  const message = messageOf(id);
  if (typeof message === "string") return message;
  return message.format<ComponentChildren>({ ...TAGS, ...(values as Record<string, string | number | Tag>) });
}

/** Whether there are words for what the gateway says by a code, which may be newer than the page. */
export function isMessage<Id extends string>(id: Id): id is Id & MessageId {
  return id in english;
}

function messageOf(id: MessageId): string | IntlMessageFormat {
  const known = formats.get(id);
  if (known) return known;
  const message = messages?.[id];
  if (message === undefined) throw new Error(`${id} is asked for before the messages are there`);
  if (typeof message === "string") return message;
  const format = new IntlMessageFormat(message, LOCALE.toString(), NUMBERS);
  formats.set(id, format);
  return format;
}

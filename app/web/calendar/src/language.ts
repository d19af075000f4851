// In which language the page speaks, and how people where the reader lives write days and numbers.

/** Each language by its own name; its messages are in messages/. */
export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", fr: "Français" } as const;

export type Language = keyof typeof LANGUAGES;

const STORED = "timeoff.language";
const PARAMETER = "lang";

/** The language that the address asks for, as it stands there. */
export const ADDRESSED = new URLSearchParams(location.search).get(PARAMETER) ?? "";

/** An address of ours without a query, in the language that this one asks for. */
export function inLanguage(address: string): string {
  return ADDRESSED ? `${address}?${new URLSearchParams({ [PARAMETER]: ADDRESSED })}` : address;
}

/** What the address says, then what was chosen here, then what the browser prefers, then English. */
export const LOCALE = localeOf([ADDRESSED, storedLanguage(), ...navigator.languages, "en"]);

export const LANGUAGE = LOCALE.language as Language;

/** From now on the page is in this language, whatever the address said. */
export function chooseLanguage(language: Language): void {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // Where nothing may be stored the address keeps it.
    return speak(language);
  }
  speak(null);
}

function speak(language: Language | null): void {
  const address = new URL(location.href);
  address.searchParams.delete(PARAMETER);
  if (language) address.searchParams.set(PARAMETER, language);
  if (address.href === location.href) location.reload();
  else location.replace(address);
}

function storedLanguage(): string {
  try {
    return localStorage.getItem(STORED) ?? "";
  } catch {
    return "";
  }
}

/** The first that the page speaks; one without a region has that in which the browser speaks it. */
function localeOf(wishes: readonly string[]): Intl.Locale {
  const known = wishes.map(toLocale).filter((each) => each !== undefined);
  const first = known[0] ?? new Intl.Locale("en");
  if (first.region) return first;
  const alike = navigator.languages.map(toLocale).find((each) => each?.language === first.language && each.region);
  return alike ?? first;
}

/** Without what would change how days are counted, such as another calendar. */
function toLocale(tag: string): Intl.Locale | undefined {
  try {
    const { language, region } = new Intl.Locale(tag);
    return language in LANGUAGES ? new Intl.Locale(language, { region }) : undefined;
  } catch {
    return undefined; // No tag of a language: an address may say anything.
  }
}

interface WeekInfo {
  /** From 1 for Monday to 7 for Sunday. */
  firstDay: number;
}
interface TextInfo {
  direction: "ltr" | "rtl";
}
/** What TypeScript does not know yet, and some browsers neither, or as a property. */
interface LocaleFacts {
  getWeekInfo?: () => WeekInfo;
  weekInfo?: WeekInfo;
  getTextInfo?: () => TextInfo;
  textInfo?: TextInfo;
}

/** Where weeks do not start on Monday, by CLDR, for browsers that do not say. */
const FROM_SUNDAY =
  "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA PE " +
  "PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW";
const FROM_SATURDAY = "AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY";

/** The weekday on which weeks start, from 0 for Monday to 6 for Sunday. */
export const FIRST_WEEKDAY = firstWeekdayOf(LOCALE);

export function firstWeekdayOf(locale: Intl.Locale): number {
  const facts = locale as LocaleFacts;
  const info = facts.getWeekInfo?.() ?? facts.weekInfo;
  if (info) return info.firstDay - 1;
  const region = locale.maximize().region ?? "";
  if (FROM_SUNDAY.split(" ").includes(region)) return 6;
  return FROM_SATURDAY.split(" ").includes(region) ? 5 : 0;
}

/** Say of the page in which language it is, for whatever reads it aloud or hyphenates it. */
export function tellLanguage(): void {
  const facts = LOCALE as LocaleFacts;
  document.documentElement.lang = LOCALE.toString();
  document.documentElement.dir = (facts.getTextInfo?.() ?? facts.textInfo)?.direction ?? "ltr";
}

// The languages of the page, each by its own name.

import { LANGUAGE, LANGUAGES, type Language, chooseLanguage } from "./language";
import { t } from "./messages";

export function LanguageChoice() {
  return (
    <select
      class="language"
      aria-label={t("language.choose")}
      value={LANGUAGE}
      onChange={({ currentTarget }) => chooseLanguage(currentTarget.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([language, name]) => (
        <option key={language} value={language} lang={language}>
          {name}
        </option>
      ))}
    </select>
  );
}

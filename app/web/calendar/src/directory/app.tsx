// The pages for administrators: who is who in the two systems, workweeks, holidays, companies.

import { useEffect, useState } from "preact/hooks";
import { useChoices } from "../choices";
import { SignInLink } from "../failure-text";
import { ROOT } from "../gateway";
import { inLanguage } from "../language";
import { LanguageChoice } from "../language-choice";
import { t } from "../messages";
import { RightsUnread } from "../rights-unread";
import { useUnseen } from "../submitting";
import { useVisitor } from "../viewer";
import { Who } from "../who";
import { Companies } from "./companies";
import { Holidays } from "./holidays";
import { useNews } from "./live";
import { People } from "./people";
import { type Go, type Place, SECTIONS, addressOf, usePlace, withLanguage } from "./place";
import { Workweeks } from "./workweeks";

const PARTS = { people: People, workweeks: Workweeks, holidays: Holidays, companies: Companies };

export function App() {
  const [place, go] = usePlace();
  const [choices, rereadChoices] = useChoices();
  const { viewer, isSignedOut, ...visitor } = useVisitor();
  const news = useNews(place.company, choices, isSignedOut);
  const tell = (what: string) => {
    // A company may have another name now.
    if (what) rereadChoices();
    say(what);
  };
  const [said, say] = useState("");
  useUnseen(say);
  const part = t(`directory.section.${place.section}`);
  const Part = PARTS[place.section];
  const mayEdit = viewer?.permissions.includes("WRITE_DIRECTORY") ?? false;
  const isForbidden = viewer !== undefined && !viewer.permissions.includes("READ_TIME_OFF");

  useEffect(() => {
    document.title = t("directory.titleOf", { section: part });
    say("");
  }, [part]);

  return (
    <div class="page directory">
      <header>
        <a class="brand" href={inLanguage(`${ROOT}/`)} aria-label={t("app.brand")}>
          <img src={`${ROOT}/favicon.ico`} alt="" width="28" height="28" />
          <span>{t("app.brand")}</span>
        </a>
        <div class="title">
          <h1>{t("directory.title")}</h1>
        </div>
        <a href={inLanguage(`${ROOT}/calendar`)}>{t("directory.calendar")}</a>
        {!isSignedOut && <Who viewer={viewer} />}
      </header>
      <Sections place={place} go={go} />
      {isSignedOut && (
        <div class="banner" role="alert">
          <p>
            {t("app.signedOut")} <SignInLink />
          </p>
        </div>
      )}
      <RightsUnread {...visitor} />
      {viewer && !mayEdit && !isForbidden && <p class="remark">{t("directory.readOnly")}</p>}
      <main aria-label={part}>
        {isForbidden ? (
          <p class="nothing" role="alert">
            {t("directory.forbidden")}
          </p>
        ) : (
          <Part key={place.section} place={place} go={go} choices={choices} news={news} mayEdit={mayEdit} say={tell} />
        )}
      </main>
      <p class="said" role="status">
        {said}
      </p>
      <footer>
        <LanguageChoice />
      </footer>
    </div>
  );
}

function Sections({ place, go }: { place: Place; go: Go }) {
  return (
    <nav class="sections" aria-label={t("directory.sections")}>
      {SECTIONS.map((section) => (
        <a
          key={section}
          href={withLanguage(addressOf({ ...place, section }))}
          aria-current={section === place.section ? "page" : undefined}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            go({ section });
          }}
        >
          {t(`directory.section.${section}`)}
        </a>
      ))}
    </nav>
  );
}

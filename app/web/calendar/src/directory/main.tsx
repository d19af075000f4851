import { render } from "preact";
import { tellLanguage } from "../language";
import { loadMessages } from "../messages";
import { App } from "./app";
import english from "./messages/en.json";
import "../style.css";
import "../dialogs.css";
import "../see.css";
import "../enter.css";
import "../places.css";
import "./directory.css";

const others = {
  de: () => import("./messages/de.json"),
  es: () => import("./messages/es.json"),
  fr: () => import("./messages/fr.json"),
};

const mount = document.getElementById("directory");
if (mount) {
  tellLanguage();
  await loadMessages({ english, others });
  mount.replaceChildren();
  render(<App />, mount);
}

import { render } from "preact";
import { App } from "./app";
import { tellLanguage } from "./language";
import { loadMessages } from "./messages";
import "./style.css";
import "./dialogs.css";
import "./see.css";
import "./people.css";
import "./acts.css";
import "./settle.css";
import "./enter.css";
import "./places.css";
import "./feeds.css";
import "./displays.css";

const mount = document.getElementById("calendar");
if (mount) {
  tellLanguage();
  await loadMessages();
  mount.replaceChildren();
  render(<App />, mount);
}

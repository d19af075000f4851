import { render } from "preact";
import { App } from "./app";
import "./style.css";
import "./dialogs.css";
import "./places.css";

const mount = document.getElementById("calendar");
if (mount) {
  mount.replaceChildren();
  render(<App />, mount);
}

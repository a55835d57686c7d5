import { render } from "preact";
import { App } from "./app";
import { whoAmI } from "./lib/api";
import { follow } from "./lib/router";
import { routeOf } from "./routes";

// The page is fetched while the server says who is signed in.
const asked = whoAmI();
routeOf(location.pathname)
  ?.load()
  .catch(() => undefined);
document.addEventListener("click", follow);
render(<App asked={asked} />, document.getElementById("app") as HTMLElement);

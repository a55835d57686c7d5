import { attacksDashboard } from "../dash/attacks";
import { Dashboard } from "../dash/frame";
import { hostsDashboard } from "../dash/hosts";
import { loginsDashboard } from "../dash/logins";
import { useText } from "../i18n";
import { place } from "../lib/router";
import { useStore } from "../lib/store";
import { Notice } from "../ui/value";

const boards = [loginsDashboard, attacksDashboard, hostsDashboard];

/** The dashboard that the address names; without a name, the first. */
export default function Dash() {
  const t = useText();
  const name = useStore(place).path.replace("/ui/dash/", "");
  const board = name === "" ? boards[0] : boards.find((b) => b.name === name);
  return board ? <Dashboard key={board.name} board={board} /> : <Notice top title={t.app.notFound} />;
}

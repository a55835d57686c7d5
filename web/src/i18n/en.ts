import { alerting } from "./en/alerting";
import { containers } from "./en/containers";
import { dash } from "./en/dash";
import { frame } from "./en/frame";
import { logs } from "./en/logs";
import { posture } from "./en/posture";
import { responses } from "./en/responses";
import { rules } from "./en/rules";
import { server } from "./en/server";
import { settings } from "./en/settings";
import { signals } from "./en/signals";

/** All text of the pages, in English. That of ja has the same keys, or it does not compile. */
export const en = { ...frame, ...signals, ...logs, ...rules, ...dash, ...posture, ...containers, ...settings, ...server, ...alerting, ...responses };

export type Catalogue = typeof en;

import type { Catalogue } from "./en";
import { alerting } from "./ja/alerting";
import { containers } from "./ja/containers";
import { dash } from "./ja/dash";
import { frame } from "./ja/frame";
import { logs } from "./ja/logs";
import { posture } from "./ja/posture";
import { responses } from "./ja/responses";
import { rules } from "./ja/rules";
import { server } from "./ja/server";
import { settings } from "./ja/settings";
import { signals } from "./ja/signals";

/** 画面のすべての文言（日本語）。キーが英語版と違えばコンパイルできない。 */
export const ja: Catalogue = { ...frame, ...signals, ...logs, ...rules, ...dash, ...posture, ...containers, ...settings, ...server, ...alerting, ...responses };

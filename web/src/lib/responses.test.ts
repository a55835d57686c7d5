import { expect, it } from "vitest";
import { type Reply, verdicts } from "./responses";

it("says what may be decided about a response", () => {
  const f = (more: Partial<Reply>, want: string) => expect(verdicts({ open: true, ...more } as Reply).join(" ")).toBe(want);
  f({ state: "waiting_approval" }, "approve refuse");
  f({ state: "dry_run" }, "approve undo");
  f({ state: "active" }, "undo");
  f({ state: "active", ending: "undone" }, "");
  f({ state: "failed" }, "approve");
  f({ state: "failed", applied: "2026-01-16T09:00:00Z" }, "approve undo");
  f({ state: "undone" }, "");
  f({ state: "refused" }, "");
  f({ state: "active", open: false }, "");
});

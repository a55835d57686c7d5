import { expect, test } from "vitest";
import { componentOf, type Found, moreAbout } from "./posture";

const found = (more: Partial<Found>): Found => ({ key: "k", kind: "code", asset: "a", id: "x", severity: "low", state: "new", sources: [], ...more });

test("where a finding is", () => {
  expect(componentOf(found({ package: { name: "openssl", versions: ["1.0", "1.1"] }, place: { path: "x" } }))).toBe("openssl 1.0 1.1");
  expect(componentOf(found({ place: { path: "main.go", line: 7 } }))).toBe("main.go:7");
  expect(componentOf(found({ place: { path: "compose.yaml", resource: "web" } }))).toBe("compose.yaml web");
  expect(componentOf(found({}))).toBe("");
});

test("only what a browser may open is a link", () => {
  expect(moreAbout("https://nvd.nist.gov/x")).toBe("https://nvd.nist.gov/x");
  expect(moreAbout("javascript:alert(1)")).toBeUndefined();
  expect(moreAbout("http://a")).toBeUndefined();
  expect(moreAbout(undefined)).toBeUndefined();
});

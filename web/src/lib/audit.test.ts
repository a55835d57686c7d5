import { expect, it } from "vitest";
import { detailOf } from "./audit";

it("takes a detail apart", () => {
  expect(detailOf('{"from":"192.0.2.7","role":"admin","scopes":["a","b"]}')).toEqual({ from: "192.0.2.7", rest: "role: admin · scopes: a, b" });
  expect(detailOf("a comment")).toEqual({ from: "", rest: "a comment" });
  expect(detailOf("")).toEqual({ from: "", rest: "" });
  expect(detailOf('["x"]')).toEqual({ from: "", rest: '["x"]' });
  expect(detailOf('{"a":{"b":1}}')).toEqual({ from: "", rest: 'a: {"b":1}' });
});

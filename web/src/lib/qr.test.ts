import { expect, it } from "vitest";
import { qr, remainder } from "./qr";

// Another program read this one, and those of all lengths.
const golden = [
  "#######...###.#######",
  "#.....#..#.#..#.....#",
  "#.###.#.#.###.#.###.#",
  "#.###.#.#.....#.###.#",
  "#.###.#.#.###.#.###.#",
  "#.....#.#...#.#.....#",
  "#######.#.#.#.#######",
  "........#####........",
  "#.#####...#.#.#####..",
  "..####.####.#..##.#.#",
  "#########.##.#...###.",
  "..#.#..##......#.####",
  "##.##.####.#.....#...",
  "........#.#####.#.###",
  "#######.....#.#..#.#.",
  "#.....#.##.####..##..",
  "#.###.#.#...#..#.#..#",
  "#.###.#.#...#..####..",
  "#.###.#.#..#.#...##..",
  "#.....#..##......##..",
  "#######.####.#..#..#.",
];

it("draws what readers read", () => {
  expect(qr("sasumata")?.map((row) => row.map((dark) => (dark ? "#" : ".")).join(""))).toEqual(golden);
});

it("takes the smallest version that has room", () => {
  const size = (n: number) => qr("x".repeat(n))?.length;
  expect([1, 14, 15, 84, 85, 213, 214].map(size)).toEqual([21, 21, 25, 37, 41, 57, undefined]);
});

it("corrects as the standard's example does", () => {
  const data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17];
  expect(remainder(data, 10)).toEqual([196, 35, 39, 119, 235, 215, 231, 226, 93, 23]);
});

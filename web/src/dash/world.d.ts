/** What build/world.mjs makes: outlines of countries and places of small ones, by their codes of two letters. */
declare module "virtual:world" {
  const world: { width: number; height: number; shapes: Record<string, string>; places: Record<string, [number, number]> };
  export default world;
}

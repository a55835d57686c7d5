import { defineConfig } from "vite";
import { world } from "./build/world.mjs";

// The server serves what is built below /ui/: internal/api/ui.go knows the two places.
export default defineConfig({
  base: "/ui/",
  plugins: [world()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2023",
    outDir: "dist",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": process.env.SASUMATA ?? "http://127.0.0.1:8480" } },
});

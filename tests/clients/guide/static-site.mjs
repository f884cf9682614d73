// Builds a site of docs/guide/static-site.md with Eleventy, and with Hugo where that is installed.
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Eleventy from "@11ty/eleventy";
import { base, folder, holds, isSigned } from "./pages.mjs";

process.chdir(folder);
if (isSigned) cpSync("instead/images.js", "images.js");
writeFileSync(".eleventyignore", "content\nlayouts\ninstead\nhugo\n");
const eleventy = new Eleventy(".", "_site", { configPath: "eleventy.config.js", quietMode: true });
await eleventy.write();
const page = readFileSync("_site/index.html", "utf8");
holds(page.includes("data:image/webp;base64,"), "?picture has a placeholder");
holds(page.includes("v="), "?picture has versions");
const pictures = readFileSync("_site/sitemap.xml", "utf8").match(/<image:loc>https:\/\/images\.example\.com\/[^<]*w=600[^<]*<\/image:loc>/g);
holds(pictures?.length === 2, "the sitemap names both pictures");
console.log(page);

if (!isSigned) {
  writeFileSync("layouts/index.html", "{{ .Content }}");
  const environment = { ...process.env, HUGO_PARAMS_IMAGES: base, HUGO_BASEURL: "https://www.example.com/" };
  const built = spawnSync("hugo", ["--destination", "hugo", "--cacheDir", join(folder, "hugo-cache")], { env: environment, encoding: "utf8" });
  if (built.error) {
    console.error("no hugo here: its part of docs/guide/static-site.md is not run");
  } else {
    holds(built.status === 0, `hugo builds the site: ${built.stdout} ${built.stderr}`);
    const made = readFileSync("hugo/index.html", "utf8");
    holds(made.match(/<img /g).length === 2, "the hook writes every picture of Markdown");
    console.log(made);
  }
}

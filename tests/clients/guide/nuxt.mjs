// Makes the pictures of docs/guide/nuxt.md with the runtime of Nuxt Image, as its components do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createImage } from "@nuxt/image/runtime";
import { element, elements, folder, holds } from "./pages.mjs";

globalThis.defineNuxtConfig = (configuration) => configuration;
const source = (...path) => readFileSync(join(folder, ...path), "utf8");
// A module of Nuxt may be TypeScript; what the page has is both.
const of = async (...path) => (await import(`data:text/javascript,${encodeURIComponent(source(...path))}`)).default;
const builtIn = async (name) => (await import(`../node_modules/@nuxt/image/dist/runtime/providers/${name}.js`)).default;

/** `$img`, as the module makes it of a configuration. */
async function image({ image: { provider, providers = {}, format = ["webp"], screens = {}, ...others } }) {
  const found = {};
  for (const [name, { provider: file, options }] of Object.entries(providers)) {
    const path = join(folder, file.replace(/^~\//, "app/"));
    found[name] = { setup: (await import(pathToFileURL(path))).default, defaults: options };
  }
  for (const [name, options] of Object.entries(others)) found[name] = { setup: await builtIn(name), defaults: options };
  const usual = { presets: {}, domains: [], alias: {}, densities: [1, 2], nuxt: { baseURL: "/" } };
  return createImage({ ...usual, format, screens, provider, providers: found });
}

/** What components make of their attributes before they ask for URLs. */
function modifiersOf({ modifiers, width, height, format, quality, background, fit }) {
  return { ...modifiers, width, height, format, quality, background, fit };
}

/** What `<NuxtImg>` shows. */
function imgElement($img, attributes) {
  const { src, width, height, alt, provider, sizes, densities } = attributes;
  const made = $img.getSizes(src, { provider, sizes, densities, modifiers: modifiersOf(attributes) });
  return element("img", { ...made, src: sizes ? made.src : $img(src, modifiersOf(attributes), { provider }), width, height, alt });
}

/** What `<NuxtPicture>` shows: a source for each format, the last of which is the image. */
function pictureElement($img, attributes) {
  const { src, width, height, alt, provider, sizes, densities } = attributes;
  const formats = [...$img.options.format, "jpeg"];
  const made = formats.map((format) =>
    $img.getSizes(src, { provider, sizes, densities, modifiers: { ...modifiersOf(attributes), format } }),
  );
  const sources = made.slice(0, -1).map(({ srcset, sizes }, at) => element("source", { srcset, sizes, type: `image/${formats[at]}`, width, height }));
  return [...sources, element("img", { ...made.at(-1), width, height, alt })].join("\n");
}

const own = await image(await of("nuxt.config.ts"));
const page = source("app", "pages", "index.vue");
for (const attributes of elements(page, "NuxtImg")) console.log(imgElement(own, attributes));
for (const attributes of elements(page, "NuxtPicture")) console.log(pictureElement(own, attributes));

// The component with a placeholder: its script is run with what Nuxt has for fetching.
const component = source("app", "components", "Photo.vue");
const [, script] = component.match(/<script setup>\n([^]*?)<\/script>/);
const useFetch = async (url) => ({ data: await (await fetch(url)).text() });
const names = await new Function("useFetch", `return (async () => { ${script}; return { lqip }; })()`)(useFetch);
for (const attributes of elements(component, "NuxtImg", names)) {
  holds(attributes.placeholder.startsWith("data:image/webp;base64,"), "the photo has a placeholder");
  console.log(imgElement(own, attributes));
}

// The providers that there are anyway; all but ipx want the path as it is sent.
const anyway = await image(await of("instead", "nuxt.config.ts"));
for (const provider of Object.keys(anyway.options.providers)) {
  for (const attributes of elements(page, "NuxtImg")) {
    const src = provider === "ipx" ? attributes.src : encodeURI(attributes.src);
    console.log(imgElement(anyway, { ...attributes, src, modifiers: {}, fit: "cover", provider }));
  }
}

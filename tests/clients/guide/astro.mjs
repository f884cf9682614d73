// Makes the pictures of docs/guide/astro.md with the image service on that page: by `getImage` of Astro, as its components do, and by
// the core of unpic.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformProps } from "@unpic/core";
import { element, elements, folder, holds, isSigned } from "./pages.mjs";

// `defineConfig` hands its argument back, and would need all of Astro here.
const hooks = `
export async function resolve(specifier, context, next) {
  if (specifier !== "astro/config") return next(specifier, context);
  return { url: "data:text/javascript,export const defineConfig = (configuration) => configuration;", shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const { getImage } = await import("astro/assets");

const of = async (...path) => (await import(pathToFileURL(join(folder, ...path)))).default;
const text = (...path) => readFileSync(join(folder, ...path), "utf8");
const { image } = await of("astro.config.mjs");
const entrypoint = isSigned ? "src/signed-image-proxy.js" : image.service.entrypoint;
globalThis.astroAsset = { imageService: await of(entrypoint) };
const configuration = { endpoint: { route: "/_image" }, domains: [], remotePatterns: [], ...image };
const fits = { fit: configuration.layout ? "cover" : undefined, position: configuration.layout ? "center" : undefined };

/** What `<Image>` of astro:assets does with its attributes. */
async function imageElement(attributes) {
  const made = await getImage({ ...fits, ...attributes }, configuration);
  return element("img", { src: made.src, srcset: made.srcSet.attribute || undefined, ...made.attributes });
}

/** What `<Picture>` does: a source for each format, and an image of the format for all others. */
async function pictureElement({ formats, fallbackFormat, ...attributes }) {
  const sources = formats.map(async (format) => {
    const made = await getImage({ ...fits, ...attributes, format }, configuration);
    return element("source", { srcset: made.srcSet.attribute, type: `image/${format}` });
  });
  return [...(await Promise.all(sources)), await imageElement({ ...attributes, format: fallbackFormat })].join("\n");
}

const page = text("src/pages/index.astro");
for (const attributes of elements(page, "Image")) console.log(await imageElement(attributes));
for (const attributes of elements(page, "Picture")) console.log(await pictureElement(attributes));

if (!isSigned) {
  for (const { src, ...attributes } of elements(text("src/pages/unpic.astro"), "Image")) {
    console.log(element("img", { ...transformProps({ src, ...attributes }), style: undefined }));
  }
  const [, script] = text("src/components/Photo.astro").match(/^---\n([^]*?)^---$/m);
  const names = script.replace(/^import .*$/gm, "");
  const run = new Function("Astro", `return (async () => { ${names}; return { src, style }; })()`);
  const photo = await run({ props: { src: "/space/hubble-deep-field.jpg" } });
  holds(photo.style.startsWith("background: url(data:image/webp;base64,"), "the photo has a placeholder");
}

// Renders the components of docs/guide/nextjs.md with Next.js itself, in whose place a bundler would put three things: what JSX stands
// for, the configuration, and the loader of `loaderFile`.
import { createRequire, register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { base, folder, holds, isSigned } from "./pages.mjs";

const require = createRequire(import.meta.url);
const hooks = `
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
const require = createRequire(${JSON.stringify(import.meta.url)});
const { transformSync } = require("next/dist/compiled/babel/core");
const react = require("next/dist/compiled/babel/preset-react");
const image = "const image = globalThis.nextImage; export default image.default; export const getImageProps = image.getImageProps;";
export async function resolve(specifier, context, next) {
  if (specifier !== "next/image") return next(specifier, context);
  return { url: "data:text/javascript," + encodeURIComponent(image), shortCircuit: true };
}
export async function load(url, context, next) {
  if (!url.endsWith(".jsx")) return next(url, context);
  const options = { presets: [[react, { runtime: "automatic" }]], configFile: false, babelrc: false };
  return { format: "module", source: transformSync(readFileSync(fileURLToPath(url), "utf8"), options).code, shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const of = async (...path) => (await import(pathToFileURL(join(folder, ...path)))).default;

/** next/image as it is built into an app with this configuration: its options inlined, its loader replaced by the app's own. */
function nextImage({ images }, loader) {
  const { imageConfigDefault } = require("next/dist/shared/lib/image-config");
  process.env = { ...process.env, __NEXT_IMAGE_OPTS: { ...imageConfigDefault, ...images } };
  for (const path of Object.keys(require.cache)) {
    if (path.includes("/next/")) delete require.cache[path];
  }
  if (loader) {
    const place = require.resolve("next/dist/shared/lib/image-loader");
    require.cache[place] = { id: place, filename: place, loaded: true, exports: { __esModule: true, default: loader } };
  }
  return require("next/image");
}

const { cloneElement, createElement } = require("react");

/** An element without components of the server: these are called, and waited for. */
async function served(node) {
  if (Array.isArray(node)) return Promise.all(node.map(served));
  if (typeof node?.type === "function") return served(await node.type(node.props));
  if (!node?.props?.children) return node;
  const children = await served(node.props.children);
  return cloneElement(node, {}, ...[children].flat());
}

const html = async (component, props) => {
  const { renderToStaticMarkup } = require("react-dom/server");
  return renderToStaticMarkup(await served(createElement(component, props)));
};

if (isSigned) {
  globalThis.nextImage = nextImage(await of("next.config.mjs"), await of("image-loader.js"));
  const photo = { src: "/summer trip/café.jpg", alt: "A café", width: 300, height: 200 };
  console.log(await html(await of("app", "signed-photo.jsx"), photo));
} else {
  globalThis.nextImage = nextImage(await of("next.config.mjs"), await of("image-loader.js"));
  const page = await html(await of("app", "page.jsx"));
  holds(page.includes("data:image/webp;base64,"), "the photo has a placeholder");
  console.log(page);
  // The other configuration, without a loader; the pages are the same.
  const { default: Image } = nextImage(await of("instead", "next.config.mjs"));
  const photo = { src: "/summer trip/café.jpg", alt: "A café", width: 600, height: 400, sizes: "100vw" };
  const anyway = await html(Image, photo);
  holds(anyway.includes("https://images.example.com/_next/image?url="), "Next.js writes URLs at the path of the configuration");
  console.log(anyway);
}

// Prints what libraries make, a line of JSON each: the library, the URL, and the picture that it asks for.
import { createRequire } from "node:module";
import { transformUrl } from "unpic";
import imageUrlBuilder from "@sanity/image-url";
import Imgproxy from "imgproxy";
import { provider } from "./nuxt.mjs";

const require = createRequire(import.meta.url);
const nextLoader = require("next/dist/shared/lib/image-loader.js").default;
const { buildURL } = require("react-imgix");

const host = "https://example.com";
// 640 by 427.
const rocket = "/space/rocket.png";

/** A line: what is asked for is dimensions and a type, or one of several. */
function say(client, url, width, height, type = "png") {
  console.log(JSON.stringify({ client, url, width, height, type }));
}

// The default loader of next/image, with what a page gives to it.
const nextConfig = { path: "/_next/image", deviceSizes: [320, 640], imageSizes: [64], qualities: [75] };
say("next/image", nextLoader({ config: nextConfig, src: rocket, width: 320, quality: 75 }), 320, 214, "avif webp");
say("next/image", nextLoader({ config: nextConfig, src: `${host}${rocket}`, width: 64 }), 64, 43, "avif webp");

// unpic: each provider for a picture of ours. What it makes is put on the host of the vendor.
const unpic = (provider, operations, options = {}, source = `${host}${rocket}`) =>
  transformUrl({ url: source, provider, ...operations }, { [provider]: operations.own ?? {} }, { [provider]: options });
const box = { width: 300, height: 200 };
for (const [name, width, height, type, options, source] of [
  ["nextjs", 300, 200, "avif webp", {}, rocket],
  ["vercel", 300, 200, "avif webp", {}, rocket],
  ["netlify", 300, 200, "avif webp", {}, rocket],
  ["astro", 300, 200, "png", {}, rocket],
  ["cloudflare", 300, 200, "avif webp", {}, rocket],
  ["ipx", 300, 200, "avif webp", {}, rocket],
  ["wsrv", 300, 200, "png"],
  ["imgix", 300, 200, "avif webp"],
  ["bunny", 300, 200, "png"],
  ["contentful", 300, 200, "png"],
  ["shopify", 300, 200, "png"],
  ["kontent.ai", 300, 200, "avif webp png"],
  ["keycdn", 300, 200, "png"],
  ["directus", 300, 200, "avif webp png"],
  ["supabase", 300, 200, "png", {}, `${host}/storage/v1/object/public${rocket}`],
]) {
  const url = unpic(name, { ...box }, options, source);
  if (url) say(`unpic ${name}`, url, width, height, type);
}
say("unpic imagekit", `/ik${new URL(unpic("imagekit", box)).pathname}${new URL(unpic("imagekit", box)).search}`, 300, 200);
const cloudinary = "https://res.cloudinary.com/demo/image/upload/v1/space/rocket.png";
say("unpic cloudinary", unpic("cloudinary", box, {}, cloudinary), 300, 200, "avif webp");

// Nuxt Image.
const nuxt = async (name, modifiers, options = {}, source = rocket) =>
  (await provider(name)).getImage(source, { modifiers, ...options }, { options: { nuxt: { baseURL: "/" }, screens: { sm: 320 } } }).url;
say("nuxt ipx", await nuxt("ipx", { width: 300, height: 200, format: "webp" }), 300, 200, "webp");
say("nuxt ipx", await nuxt("ipx", { width: 300 }), 300, 200);
say("nuxt cloudflare", await nuxt("cloudflare", { width: 300, height: 300, fit: "cover" }), 300, 300);
say("nuxt netlify", await nuxt("netlifyImageCdn", { width: 300, height: 300, fit: "cover", format: "jpg" }), 300, 300, "jpeg");
say("nuxt vercel", await nuxt("vercel", { width: 320 }), 320, 214, "avif webp");
say("nuxt amplify", await nuxt("awsAmplify", { width: 320 }), 320, 214, "avif webp");
say("nuxt weserv", await nuxt("weserv", { width: 300, format: "jpg" }, { baseURL: host }), 300, 200, "jpeg");
say("nuxt imagekit", await nuxt("imagekit", { width: 300, height: 300, fit: "cover" }, { baseURL: "/ik" }), 300, 300);
say("nuxt storyblok", await nuxt("storyblok", { width: 300, height: 300 }, { baseURL: "/sb" }), 300, 300, "webp");
const demo = { baseURL: "/demo/image/upload" };
say("nuxt cloudinary", await nuxt("cloudinary", { width: 300, height: 200, fit: "cover" }, demo), 300, 200, "avif webp");
say("nuxt imgix", await nuxt("imgix", { width: 300, height: 300, fit: "cover" }, { baseURL: host }), 300, 300, "avif webp png");

// imgix for React, and Sanity.
say("react-imgix", buildURL(`${host}${rocket}`, { w: 300, h: 300, fit: "crop", auto: "format" }), 300, 300, "avif webp");
const sanity = imageUrlBuilder({ projectId: "abc", dataset: "production" });
const asset = "image-0123456789abcdef0123456789abcdef01234567-640x427-png";
const sanityUrl = new URL(sanity.image(asset).width(300).height(200).fit("crop").auto("format").url());
say("@sanity/image-url", `${rocket}${sanityUrl.search}`, 300, 200, "avif webp");

// imgproxy.
const imgproxy = new Imgproxy({ baseUrl: "http://localhost/imgproxy", encode: true });
const fill = imgproxy.builder().resize("fill", 300, 300, 0).format("webp").generateUrl(`local://${rocket}`);
say("imgproxy (npm)", fill, 300, 300, "webp");

// Nuxt Image's providers import `#image`, which a build of Nuxt provides: here it is the module that Nuxt itself puts there.
import { register } from "node:module";

const hooks = `
export async function resolve(specifier, context, next) {
  if (specifier === "#imports") {
    return { url: "data:text/javascript,export const createError = (error) => error;", shortCircuit: true };
  }
  if (specifier === "#image") {
    return next(new URL("./node_modules/@nuxt/image/dist/runtime/utils/index.js", "${new URL(".", import.meta.url)}").href, context);
  }
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

export async function provider(name) {
  return import(`./node_modules/@nuxt/image/dist/runtime/providers/${name}.js`);
}

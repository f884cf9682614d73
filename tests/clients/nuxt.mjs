// Nuxt Image's providers import `#imports`, which a build of Nuxt provides.
import { register } from "node:module";

const hooks = `
export async function resolve(specifier, context, next) {
  if (specifier === "#imports") {
    return { url: "data:text/javascript,export const createError = (error) => error;", shortCircuit: true };
  }
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

export async function provider(name) {
  const { default: setup } = await import(`./node_modules/@nuxt/image/dist/runtime/providers/${name}.js`);
  return setup();
}

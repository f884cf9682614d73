// What the scripts of the pages share: pictures are fetched from the server under test, and HTML is printed for guide.py.

/** The folder with the files of the page, the server's address, and whether its URLs must be signed. */
export const [folder, base, isSigned] = [process.argv[2], process.argv[3], process.argv[4] === "signed"];

const fetchAnywhere = globalThis.fetch;
/** As pages fetch: what they have at the site's host for pictures is at the server here. */
globalThis.fetch = (address, ...others) => {
  const url = new URL(address);
  return fetchAnywhere(url.host === "images.example.com" ? base + url.pathname + url.search : url, ...others);
};

/** Fails unless something that a page says is so. */
export function holds(claim, what) {
  if (!claim) throw new Error(`it does not hold that ${what}`);
}

const escaped = (text) => String(text).replaceAll("&", "&amp;").replaceAll('"', "&quot;");

/** An element with attributes; those without a value are left out. */
export function element(name, attributes) {
  const said = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return `<${name}${said.map(([key, value]) => ` ${key}="${escaped(value)}"`).join("")}>`;
}

/**
 * The elements of one name in a template, by their attributes. Those in quotes are texts; those in braces (Astro), or with a colon
 * before the name (Vue), are JavaScript, which may use some names.
 */
export function elements(template, name, names = {}) {
  const value = (code) => new Function(...Object.keys(names), `return (${code})`)(...Object.values(names));
  return [...template.matchAll(new RegExp(`<${name}\\s([^]*?)/>`, "g"))].map(([, attributes]) => {
    const found = {};
    for (const [, key, text, code] of attributes.matchAll(/([:\w-]+)=(?:"([^"]*)"|\{((?:[^{}]|\{[^{}]*\})*)\})/g)) {
      found[key.replace(/^:/, "")] = code !== undefined ? value(code) : key.startsWith(":") ? value(text) : text;
    }
    return found;
  });
}

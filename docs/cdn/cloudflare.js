// A worker of Cloudflare in front of image-proxy, on the route of the images. Cloudflare's cache leaves `Vary: Accept` out
// of its key on most plans, and its "Vary for Images" does not cache an answer of another format than the one that it
// expects, which flat pictures have. So the key is made here.
const refused = /image\/(avif|webp)\s*;\s*q=0(\.0*)?\s*(,|;|$)/gi;

function accepted(header) {
  const shown = (header ?? "").replace(refused, ",").toLowerCase();
  if (shown.includes("image/avif")) return "image/avif,image/webp";
  return shown.includes("image/webp") ? "image/webp" : "*/*";
}

export default {
  async fetch(request, env, context) {
    if (request.method !== "GET") return fetch(request);
    const accept = accepted(request.headers.get("accept"));
    const key = new URL(request.url);
    key.searchParams.set("accepted", accept);
    const kept = await caches.default.match(key, { ignoreMethod: true });
    if (kept) return kept;
    const headers = new Headers(request.headers);
    headers.set("accept", accept);
    for (const name of ["cookie", "sec-ch-dpr", "sec-ch-width", "save-data", "range"]) headers.delete(name);
    // Nothing of this answer is kept under the bare URL.
    const answer = await fetch(request.url, { headers, cf: { cacheTtl: 0 } });
    if (answer.status === 200) context.waitUntil(caches.default.put(key, answer.clone()));
    return answer;
  },
};

#!/usr/bin/env node
// Opens the playground in Chromium, uses it, and has axe look at it: tests/page/check.mjs PROGRAM MODULES CHROMIUM
// MODULES is a node_modules with puppeteer-core and axe-core.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const [program, modules, chromium] = process.argv.slice(2);
const require = createRequire(resolve(modules, "index.js"));
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const samples = resolve(import.meta.dirname ?? ".", "../../data/images");

async function served(settings, work) {
  const folder = mkdtempSync(join(tmpdir(), "playground-"));
  mkdirSync(join(folder, "root/folder"), { recursive: true });
  copyFileSync(join(samples, "icons/camera.png"), join(folder, "root/a.png"));
  copyFileSync(join(samples, "people/astronaut.jpg"), join(folder, "root/folder/b.jpg"));
  const server = spawn(resolve(program), [], {
    cwd: folder,
    env: {
      IMAGE_PROXY_BIND_ADDRESS: "127.0.0.1:0", IMAGE_PROXY_ROOT_PATH: join(folder, "root"), IMAGE_PROXY_PLAYGROUND: "true",
      IMAGE_PROXY_EXPLAIN: "true", IMAGE_PROXY_ENABLE_CACHE: "true", ...settings,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    const address = await new Promise((tell, fail) => {
      const lines = createInterface({ input: server.stderr });
      lines.on("line", (line) => { const found = /listening on (\S+)/.exec(line); if (found) tell(found[1]); });
      lines.on("close", () => fail(new Error("the server did not start")));
    });
    await work("http://" + address);
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function opened(browser, url, view, work) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) complaints.push("asked " + request.url());
  });
  await page.setViewport(view);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.scheme ?? "light" }]);
  await page.goto(url + "/");
  await page.waitForSelector("#parameters input, #access:not([hidden])");
  await work(page);
  return complaints;
}

/// Everything that axe knows, best practices as well.
async function looked(page, what) {
  // The policy of the page lets no script in but its own: axe comes by the protocol, which is not bound by it.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map((rule) => rule.id + ": " + rule.help + "\n  " + rule.nodes.map((node) => node.html).join("\n  "));
  assert.deepEqual(told, [], what);
}

const text = (page, selector) => page.$eval(selector, (element) => element.textContent);
const until = (page, selector, part) =>
  page.waitForFunction((selector, part) => document.querySelector(selector).textContent.includes(part), { timeout: 60000 }, selector, part);

async function used(page) {
  await page.waitForSelector("#pictures button");
  // By the keyboard alone.
  await page.focus("#pictures button");
  await page.keyboard.press("Enter");
  await until(page, "#status", "Done.");
  await page.focus("#parameter-w");
  await page.keyboard.type("32");
  await until(page, "#facts", "32 × 32");
  await until(page, "#explanation", '"resize"');
  await until(page, "#markup", "<picture>");
  assert.match(await text(page, "#url"), /\/a\.png\?w=32/);
  assert.match(await text(page, "#facts"), /MISS|HIT/);
  await page.focus("#slider");
  await page.keyboard.press("End");
  assert.match(await page.$eval("#rendition", (image) => image.style.clipPath), /100%/);
  await page.focus("#parameter-fit");
  await page.keyboard.type("no such fit");
  await until(page, "#status", "400: fit: expected");
}

const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"], protocolTimeout: 600000 });
try {
  await served({}, async (url) => {
    for (const view of [
      { width: 1280, height: 900 }, { width: 1280, height: 900, scheme: "dark" }, { width: 360, height: 740, isMobile: true, hasTouch: true },
    ]) {
      const complaints = await opened(browser, url, view, async (page) => {
        await looked(page, JSON.stringify(view) + ", before");
        await used(page);
        await looked(page, JSON.stringify(view) + ", after");
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(overflow, 0, "the page is wider than its window");
      });
      // The browser itself tells of the 400 that was asked for.
      assert.deepEqual(complaints.filter((line) => !line.includes("status of 400")), []);
    }
  });
  const signing = { IMAGE_PROXY_SIGNING: "all", IMAGE_PROXY_SIGNING_KEYS: "a:secret", IMAGE_PROXY_ADMIN_TOKEN: "sixteen-letters!" };
  await served(signing, async (url) => {
    await opened(browser, url, { width: 1280, height: 900 }, async (page) => {
      await page.waitForSelector("#access:not([hidden])");
      await looked(page, "while the token is asked for");
      await page.type("#token", "sixteen-letters!");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#pictures button");
      await page.click("#pictures button");
      await until(page, "#status", "Done.");
      assert.match(await text(page, "#url"), /sig=/);
    });
  });
  console.log("the playground does what it says, and axe has nothing to say");
} finally {
  await browser.close();
}

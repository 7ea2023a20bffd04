// The upload component on a page of stubs: what is sent, what is refused before it is sent, what is said.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

class Node {
  constructor(tag) {
    Object.assign(this, { tag, children: [], listeners: {}, classes: new Set(), textContent: "", isConnected: true, files: [] });
    this.classList = {
      add: (name) => this.classes.add(name),
      remove: (name) => this.classes.delete(name),
      toggle: (name, on) => (on ? this.classes.add(name) : this.classes.delete(name)),
    };
  }
  append(...children) { this.children.push(...children); }
  setAttribute(name, value) { this[name] = value; }
  addEventListener(name, heard) { this.listeners[name] = heard; }
  click() { this.listeners.click?.(); }
}

const sent = [];
class Request extends Node {
  constructor() { super("request"); this.upload = new Node("upload"); this.headers = {}; }
  open(method, url) { Object.assign(this, { method, url }); }
  setRequestHeader(name, value) { this.headers[name] = value; }
  send(body) { this.body = body; sent.push(this); }
  abort() { this.aborted = true; this.listeners.abort(); }
  answer(status, body) { Object.assign(this, { status, responseText: typeof body === "string" ? body : JSON.stringify(body) }); this.listeners.load(); }
}

globalThis.document = { createElement: (tag) => new Node(tag) };
globalThis.XMLHttpRequest = Request;
const { default: mount } = await import("../../../pages/ui/upload/upload.mjs");

const data = { base: "/errata", token: "t0k", mostMb: 10, endings: [".zip", ".tar", ".tar.gz", ".tgz"], accept: ".gz,.tar,.tgz,.zip" };
let parent, told;

beforeEach(() => {
  sent.length = 0;
  parent = new Node("div");
  told = [];
  run();
});

function run() {
  return mount({ parentElement: parent, data, setTriggerValue: (...news) => told.push(news) });
}

const root = () => parent.children[0];
const said = () => root().children[0].children[2];

function drop(name, size = 5) {
  const file = { name, size };
  root().listeners.drop({ preventDefault() {}, dataTransfer: { files: [file] } });
  return file;
}

test("the chooser offers every kind of archive, and the words name them", () => {
  assert.equal(parent.children[1].accept, ".gz,.tar,.tgz,.zip");
  assert.match(said().textContent, /zip or tar/);
});

for (const name of ["My Photos.zip", "a.tar", "a.TAR.GZ", "größe & co.tgz"]) {
  test(`${name} is sent with its name and the token`, () => {
    const file = drop(name);
    assert.equal(sent.length, 1);
    assert.equal(sent[0].url, `/errata/errata/upload?name=${encodeURIComponent(name)}`);
    assert.equal(sent[0].headers["X-Errata-Token"], "t0k");
    assert.equal(sent[0].body, file);
    sent[0].answer(200, { upload: "0f3c.zip", bytes: 5 });
    assert.deepEqual(told, [["uploaded", { upload: "0f3c.zip", name, bytes: 5 }]]);
    assert.match(said().textContent, /drop another archive/);
  });
}

for (const [name, size, sentence] of [
  ["labels.CSV", 5, /labels\.CSV is a table alone, and its images are needed/],
  ["photo.jpg", 5, /photo\.jpg is no archive: pack the folder/],
  ["readme.txt.gz", 5, /is no archive/],
  ["zip", 5, /is no archive/],
  ["big.zip", 11e6, /big\.zip has 11\.0 MB; at most 10\.0 MB/],
]) {
  test(`${name} of ${size} bytes is refused before a byte is sent`, () => {
    drop(name, size);
    assert.equal(sent.length, 0);
    assert.match(said().textContent, sentence);
    assert.ok(said().classes.has("bad"));
    drop("good.zip");
    assert.equal(sent.length, 1);
    assert.ok(!said().classes.has("bad"));
  });
}

test("what the server says is shown, and a proxy's page is not", () => {
  drop("a.zip");
  sent[0].answer(507, { message: "The disk is full." });
  assert.equal(said().textContent, "The disk is full.");
  drop("a.zip");
  sent[1].answer(502, "<html>");
  assert.equal(said().textContent, "The server refused it (502).");
  assert.deepEqual(told, []);
});

test("a second file waits for the first, and a page that leaves stops it", () => {
  const leave = run();
  drop("a.zip");
  drop("b.zip");
  assert.equal(sent.length, 1);
  root().isConnected = false;
  leave();
  assert.ok(sent[0].aborted);
});

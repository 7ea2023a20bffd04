// An archive goes to /errata/upload as it is read from disk; XMLHttpRequest, because fetch tells no progress.

const places = new WeakMap(); // parentElement -> Upload

function h(tag, attributes = {}, ...children) {
  const node = Object.assign(document.createElement(tag), attributes);
  node.append(...children);
  return node;
}

// As theme.size writes it.
function size(bytes) {
  for (const [unit, of] of [["kB", 1e3], ["MB", 1e6]]) if (bytes < 1e3 * of) return `${(bytes / of).toFixed(1)} ${unit}`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

class Upload {
  constructor(parent) {
    this.input = h("input", { type: "file" });
    this.choose = h("button", { type: "button", textContent: "Choose an archive" });
    this.stop = h("button", { type: "button", textContent: "Stop", hidden: true });
    this.said = h("span", {});
    this.said.setAttribute("role", "status");
    this.bar = h("progress", { max: 1, value: 0, hidden: true });
    this.root = h("div", { className: "upload" }, h("div", { className: "line" }, this.choose, this.stop, this.said), this.bar);
    this.input.hidden = true;
    parent.append(this.root, this.input);
    this.choose.addEventListener("click", () => this.input.click());
    this.stop.addEventListener("click", () => this.request?.abort());
    this.input.addEventListener("change", () => this.input.files[0] && this.send(this.input.files[0]));
    this.root.addEventListener("dragover", (event) => { event.preventDefault(); this.root.classList.add("over"); });
    this.root.addEventListener("dragleave", () => this.root.classList.remove("over"));
    this.root.addEventListener("drop", (event) => {
      event.preventDefault();
      this.root.classList.remove("over");
      const file = event.dataTransfer.files[0];
      if (file && !this.request) this.send(file);
    });
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.input.accept = data.accept;
    if (!this.said.textContent) this.idle("or drop a zip or tar (also .tar.gz, .tar.bz2, .tar.xz) here");
  }

  idle(text, bad = false) {
    this.request = null;
    this.said.textContent = text;
    this.said.classList.toggle("bad", bad);
    this.choose.hidden = false;
    this.stop.hidden = this.bar.hidden = true;
    this.input.value = "";
  }

  send(file) {
    const { base, token, mostMb, endings } = this.data;
    const refused = this._refused(file, endings, mostMb);
    if (refused) return this.idle(refused, true);
    const request = new XMLHttpRequest();
    const began = performance.now();
    this.request = request;
    this.choose.hidden = true;
    this.stop.hidden = this.bar.hidden = false;
    this.bar.value = 0;
    this.said.classList.remove("bad");
    this.said.textContent = `Sending ${file.name} …`;
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      this.bar.value = loaded / total;
      const left = ((performance.now() - began) / 1000) * (total / Math.max(loaded, 1) - 1);
      const time = `${Math.floor(left / 60)}:${String(Math.round(left % 60)).padStart(2, "0")}`;
      this.said.textContent = loaded < total ? `${size(loaded)} of ${size(total)} sent · ${time} left` : "Writing it to disk …";
    });
    request.addEventListener("load", () => this._answered(request, file));
    request.addEventListener("error", () => this.idle("The server does not answer: try again.", true));
    request.addEventListener("abort", () => this.idle("Stopped: nothing of it was kept."));
    request.open("POST", `${base}/errata/upload?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-Errata-Token", token);
    request.send(file);
  }

  // Said at once, not after an hour of sending; the server judges again.
  _refused(file, endings, mostMb) {
    const name = file.name.toLowerCase();
    if (/\.[ct]sv$/.test(name)) return `${file.name} is a table alone, and its images are needed: pack both into one zip.`;
    if (!endings.some((ending) => name.endsWith(ending))) return `${file.name} is no archive: pack the folder as a zip or tar.gz.`;
    if (file.size > mostMb * 1e6) return `${file.name} has ${size(file.size)}; at most ${size(mostMb * 1e6)} are taken. Put the folder on the server instead.`;
    return "";
  }

  _answered(request, file) {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page: the status says enough */ }
    if (request.status !== 200) return this.idle(answer.message || `The server refused it (${request.status}).`, true);
    this.idle("or drop another archive here"); // the page says what arrived, and how large it is
    this.trigger("uploaded", { upload: answer.upload, name: file.name, bytes: answer.bytes });
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const place = places.get(parentElement) ?? new Upload(parentElement);
  places.set(parentElement, place);
  place.update(data, setTriggerValue);
  return () => {
    if (!place.root.isConnected) place.request?.abort();
  };
}

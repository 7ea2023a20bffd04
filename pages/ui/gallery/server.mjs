// What the gallery asks of the server; every fault becomes an error with a sentence.

const TIMEOUT_MS = 20000;

export class ServerError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
    // The server understood and will not change its mind; a wrong token or a fault may pass.
    this.final = [400, 404, 409, 413, 422].includes(status);
  }
}

async function answered(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
  } catch (error) {
    throw new ServerError(error.name === "TimeoutError" ? "The server did not answer in time." : "The server does not answer.", 0);
  }
  if (response.ok) return response;
  let message = `The server answered with ${response.status}.`;
  try {
    message = (await response.json()).message ?? message;
  } catch { /* not our JSON: the number is all there is */ }
  throw new ServerError(message, response.status);
}

// One packed body: uint32 length of the header, JSON {"sizes": […]}, then the pictures one after the other.
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const { sizes } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let offset = 4 + length;
  return sizes.map((size) => {
    const bytes = new Uint8Array(buffer, offset, size);
    offset += size;
    return bytes;
  });
}

export class Server {
  constructor(token) {
    this.base = "/errata";
    this.token = token;
  }

  async list(path, query) {
    const filled = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const response = await answered(`${this.base}/${path}?${new URLSearchParams(filled)}`);
    return response.json();
  }

  async doubt(finding) {
    return (await answered(`${this.base}/doubt/${finding}`)).json();
  }

  async where(finding) {
    return (await answered(`${this.base}/where/${finding}`)).json();
  }

  // The folder is part of every address: the number of a data set comes again in another home.
  async thumbnails({ id, folder }, rows) {
    const response = await answered(`${this.base}/thumbnails/${id}/${folder}?rows=${rows.join(",")}`);
    return unpack(await response.arrayBuffer());
  }

  image({ id, folder }, row) {
    return `${this.base}/image/${id}/${folder}/${row}`;
  }

  async change({ id, folder }, author, operations) {
    const response = await answered(`${this.base}/labels`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Errata-Token": this.token },
      body: JSON.stringify({ dataset: id, folder, author, operations }),
    });
    return (await response.json()).answers;
  }
}

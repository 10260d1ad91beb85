// The server's JSON, and its errors in the server's words.

/** What went wrong: `status` is HTTP's, or 0 when nothing answered. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const UNREACHED = "the server does not answer";

/** Where a concept's own resources lie. */
export const concept = (name) => `/api/concepts/${encodeURIComponent(name)}`;

export const get = (path, options) => call("GET", path, options);
export const del = (path, options) => call("DELETE", path, options);
export const post = (path, body = {}, options = {}) =>
  call("POST", path, { ...options, body: JSON.stringify(body), type: "application/json" });

/** Sends a file's bytes as they are. */
export const upload = (path, blob, options = {}) => call("POST", path, { ...options, body: blob, type: blob.type });

async function call(method, path, { signal, body, type, keepalive } = {}) {
  const headers = {
    Accept: "application/json",
    ...(method !== "GET" && { "X-Raravis": "1" }),
    ...(type && { "Content-Type": type }),
  };
  const reply = await reach(path, { method, headers, body, signal, keepalive, credentials: "same-origin" });
  if (reply.status === 204) return null;
  const told = await reply.json().catch(unread);
  if (reply.ok && told === null) throw new ApiError(0, UNREACHED); // cut off in the middle
  if (reply.ok) return told;
  if (reply.status === 401) window.dispatchEvent(new CustomEvent("raravis:signed-out"));
  throw new ApiError(reply.status, told?.error ?? `${method} ${path}: ${reply.status} ${reply.statusText}`);
}

/** No JSON, or half of it, is nothing told; a request that was given up is neither. */
function unread(error) {
  if (error.name === "AbortError") throw error;
  return null;
}

async function reach(path, request) {
  try {
    return await fetch(path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, UNREACHED);
  }
}

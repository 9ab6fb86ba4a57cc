// @ts-check
/**
 * The hub's JSON API. Every refusal becomes an `ApiError` with the hub's code and sentence; a hub that does not answer
 * becomes one with the code `UNREACHABLE`.
 */

import { TEXTS } from "./texts.js";

/** A request that has no answer after this long is tried again by those who must not lose it. Seconds. */
const REQUEST_TIMEOUT = 10;

export class ApiError extends Error {
  /**
   * @param {string} code stable code, or `UNREACHABLE`
   * @param {string} sentence for the person
   * @param {number} status HTTP status, 0 when there was no answer
   * @param {any} details
   */
  constructor(code, sentence, status, details = null) {
    super(sentence);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.details = details;
  }

  /** True where trying the same again later can help. */
  get temporary() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export class Api {
  /**
   * @param {string} base "/api/v1"
   * @param {string} csrf
   */
  constructor(base, csrf) {
    this._base = base;
    this._csrf = csrf;
  }

  /**
   * @param {string} method
   * @param {string} path below the base, with a leading slash
   * @param {any} [body] sent as JSON
   * @param {{ keepalive?: boolean, timeout?: number }} [options] `timeout` in seconds
   * @returns {Promise<any>} the parsed answer; null for an empty one
   */
  async request(method, path, body, options = {}) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json" };
    if (method !== "GET") headers["X-CSRF-Token"] = this._csrf;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let answer;
    let parsed;
    try {
      answer = await fetch(this._base + path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-store",
        keepalive: options.keepalive ?? false,
        signal: AbortSignal.timeout((options.timeout ?? REQUEST_TIMEOUT) * 1000),
      });
      const text = await answer.text();
      parsed = text === "" ? null : parse(text);
    } catch {
      throw new ApiError("UNREACHABLE", TEXTS.hubUnreachable, 0);
    }
    if (answer.ok) return parsed;
    const code = typeof parsed?.code === "string" ? parsed.code : `HTTP_${answer.status}`;
    const sentence = typeof parsed?.message === "string" ? parsed.message : TEXTS.hubRefused;
    throw new ApiError(code, sentence, answer.status, parsed?.details ?? null);
  }

  /** @param {string} path */
  get(path) {
    return this.request("GET", path);
  }

  /** @param {string} path @param {any} [body] */
  post(path, body) {
    return this.request("POST", path, body ?? {});
  }

  /** @param {string} path @param {any} body @param {{ keepalive?: boolean }} [options] */
  put(path, body, options) {
    return this.request("PUT", path, body, options);
  }

  /** @param {string} path */
  delete(path) {
    return this.request("DELETE", path);
  }

  /** @param {string} path address of an event stream */
  eventsAddress(path) {
    return this._base + path;
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// One source shown at one moment: its file or a clip playing, or the exact picture of a frame.

import { get } from "./api.js";
import { h } from "./dom.js";

const AROUND = 61; // frames told of at once, about two seconds
const CLIP_BEFORE = 5; // seconds of a clip that lie before the moment asked for
const CLIP_SECONDS = 40;
const PICTURE = 1280;

/**
 * Tells "change" whenever its time or state is another, "note" and "trouble" with a line of words.
 * `time` is in seconds from the source's first frame. A paused film shows the frame itself, made by the server, so that
 * what is seen is what is stored, whatever the browser's decoder does.
 */
export class Film extends EventTarget {
  #frames = []; // rising {pts, seconds} around the time
  #clip = null; // {from, to} of the clip in the video element
  #turn = 0; // the newest wish; older ones no longer count
  #loading = false;
  time = 0;
  frame = null; // the frame shown, while one is
  playing = false;

  constructor(source) {
    super();
    this.source = source;
    this.video = h("video", { muted: true, playsinline: true, preload: "auto", hidden: true, tabindex: "-1" });
    this.video.muted = true;
    this.still = h("img", { alt: "", draggable: "false" });
    this.element = h("div", { class: "screen", style: { "--ratio": source.width / source.height } }, this.video, this.still);
    this.video.addEventListener("ended", () => this.#over());
    this.video.addEventListener("error", () => this.playing && !this.#loading && this.#broken());
    this.still.addEventListener("error", () => this.#complain(this.still.src));
    this.#follow();
  }

  /** Whether time passes in it at all. */
  get moves() {
    return this.source.frames > 1;
  }

  /** Stops, and shows the frame at `seconds`. */
  async seek(seconds) {
    const turn = this.#stop();
    const frame = await this.#frameAt(seconds);
    if (turn === this.#turn && frame) this.#show(frame);
  }

  /** Stops, and shows the frame `n` after the one seen now. */
  async step(n) {
    const turn = this.#stop();
    const here = await this.#frameAt(this.frame ? this.frame.seconds : this.time);
    if (turn !== this.#turn || !here) return;
    const at = Math.min(Math.max(this.#frames.indexOf(here) + n, 0), this.#frames.length - 1);
    this.#show(this.#frames[at]);
    const next = this.#frames[at + Math.sign(n)];
    if (next) new Image().src = this.#picture(next);
  }

  /** Moves the running picture along, roughly, while a hand drags the time. */
  scrub(seconds) {
    this.#stop();
    this.time = seconds;
    const inside = !this.video.hidden && this.#holds(seconds);
    if (inside) this.video.currentTime = seconds - this.#from;
    this.still.hidden = inside;
    this.#tell();
  }

  async play() {
    if (!this.moves || this.playing) return;
    const turn = this.#stop();
    this.playing = true;
    this.#tell();
    if (this.time >= this.source.seconds - 0.05) this.time = 0;
    try {
      await this.#run(turn);
    } catch (error) {
      if (turn === this.#turn && error.name !== "AbortError") this.#trouble(error.message); // abort: a newer wish came
    }
  }

  pause() {
    this.#stop();
    this.#tell();
  }

  close() {
    this.#stop();
    this.video.removeAttribute("src");
    this.video.load();
  }

  /** Seconds of the source at nought on the video's own clock. */
  get #from() {
    return this.#clip?.from ?? -(this.source.offset ?? 0);
  }

  #holds(seconds) {
    return !this.#clip || (seconds >= this.#clip.from && seconds < this.#clip.to - 0.05);
  }

  #stop() {
    this.playing = false;
    this.video.pause();
    return ++this.#turn;
  }

  async #run(turn) {
    const at = this.time; // pictures that come while it loads are not yet of the moment asked for
    await this.#load(turn);
    if (turn !== this.#turn) return;
    this.video.currentTime = at - this.#from;
    await this.video.play();
    if (turn !== this.#turn) return;
    this.frame = null;
    this.video.hidden = false;
    this.still.hidden = true;
    this.#tell();
  }

  /** The video element holds the time: the file itself, or a clip around it. */
  async #load(turn) {
    if (this.video.src && this.#holds(this.time)) return;
    if (this.source.plays === "clip") this.#cut();
    else this.video.src = `/media/sources/${this.source.id}/file`;
    this.#loading = true;
    const can = await ready(this.video);
    this.#loading = false;
    if (can || turn !== this.#turn) return;
    if (this.source.plays === "clip") throw new Error(await why(this.video.src));
    this.#recode();
    await this.#load(turn);
  }

  /** What the browser cannot play, or not to the end, is played from clips that the server makes. */
  #recode() {
    this.source.plays = "clip";
    this.video.removeAttribute("src");
  }

  /** The decoder gave up on the way. */
  async #broken() {
    if (this.source.plays === "clip") return this.#trouble(await why(this.video.src));
    this.#stop();
    this.#recode();
    await this.play();
  }

  #cut() {
    const from = Math.max(0, this.time - CLIP_BEFORE);
    this.#clip = { from, to: Math.min(this.source.seconds, from + CLIP_SECONDS) };
    this.video.src = `/media/sources/${this.source.id}/clip.mp4?from=${from.toFixed(3)}&to=${this.#clip.to.toFixed(3)}`;
    this.#tell("note", "Making a clip that this browser can play…");
  }

  #over() {
    const more = this.#clip && this.#clip.to < this.source.seconds - 0.1;
    if (!more) return this.pause();
    this.time = this.#clip.to;
    this.play();
  }

  #show(frame) {
    this.frame = frame;
    this.time = frame.seconds;
    this.still.hidden = false;
    this.still.src = this.#picture(frame);
    this.#tell();
  }

  #picture({ pts }) {
    const { id, mark } = this.source;
    return `/media/sources/${id}/frame.jpg?pts=${pts}&w=${PICTURE}${mark ? `&v=${mark}` : ""}`;
  }

  /** The frame on show at `seconds`, with some known on both sides. */
  async #frameAt(seconds) {
    if (!this.#surrounds(seconds)) {
      const told = await get(`/api/sources/${this.source.id}/frames?around=${seconds.toFixed(4)}&n=${AROUND}`);
      this.#frames = told.frames;
    }
    return this.#frames.findLast((frame) => frame.seconds <= seconds + 0.0005) ?? this.#frames[0];
  }

  #surrounds(seconds) {
    const at = this.#frames.findLastIndex((frame) => frame.seconds <= seconds + 0.0005);
    const ends = this.#frames.at(-1)?.seconds >= this.source.seconds - 0.2;
    return at >= 0 && (at > 1 || this.#frames[0].seconds <= 0.0005) && (at < this.#frames.length - 2 || ends);
  }

  #follow() {
    const seen = (mediaTime) => {
      if (!this.playing || this.video.hidden || this.video.seeking) return;
      this.time = mediaTime + this.#from;
      this.#tell();
    };
    if (!this.video.requestVideoFrameCallback) return this.video.addEventListener("timeupdate", () => seen(this.video.currentTime));
    const each = (_, { mediaTime }) => {
      seen(mediaTime);
      this.video.requestVideoFrameCallback(each);
    };
    this.video.requestVideoFrameCallback(each);
  }

  async #complain(address) {
    this.#trouble(await why(address));
  }

  #trouble(text) {
    this.#stop();
    this.#tell("trouble", text);
    this.#tell();
  }

  #tell(kind = "change", detail = null) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

/** True once the video can show a picture, false where it never will. */
function ready(video) {
  return new Promise((resolve) => {
    video.addEventListener("loadeddata", () => resolve(true), { once: true });
    video.addEventListener("error", () => resolve(false), { once: true });
  });
}

/** The server's words for why an address gives nothing. */
async function why(address) {
  const error = await get(address).catch((error) => error);
  return error?.message ?? "this browser cannot show it";
}

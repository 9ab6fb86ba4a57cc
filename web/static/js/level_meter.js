// @ts-check
/** How loud the microphone is, for the eye. */

/** Speech at a desk is around −30 dB; quieter than −60 dB is silence. */
const SILENCE_DB = -60;

export class LevelMeter {
  /**
   * @param {(level: number, dead: boolean) => void} show some fifteen times a second: level 0 to 1; `dead` when the
   *   device gives nothing at all, not even noise
   */
  constructor(show) {
    this._show = show;
    /** @type {AudioContext | null} */
    this._context = null;
    /** @type {MediaStreamAudioSourceNode | null} */
    this._source = null;
    this._timer = 0;
    this._onGesture = () => void this._context?.resume();
  }

  /** @param {MediaStreamTrack | null} track */
  listen(track) {
    this._source?.disconnect();
    this._source = null;
    window.clearInterval(this._timer);
    if (track === null || typeof AudioContext !== "function") {
      this._show(0, false);
      return;
    }
    this._context ??= new AudioContext();
    document.addEventListener("pointerdown", this._onGesture);
    document.addEventListener("keydown", this._onGesture);
    void this._context.resume().catch(() => undefined);
    const analyser = this._context.createAnalyser();
    analyser.fftSize = 1024;
    this._source = this._context.createMediaStreamSource(new MediaStream([track]));
    this._source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this._timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this._show(levelOf(samples), this._context?.state === "running" && samples.every((one) => one === 0));
    }, 66);
  }

  stop() {
    this.listen(null);
    document.removeEventListener("pointerdown", this._onGesture);
    document.removeEventListener("keydown", this._onGesture);
    void this._context?.close().catch(() => undefined);
    this._context = null;
  }
}

/** @param {Float32Array} samples @returns {number} 0 (silence) to 1 (full scale), linear in decibels */
export function levelOf(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(1, Math.max(0, 1 - decibels / SILENCE_DB));
}

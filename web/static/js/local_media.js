// @ts-check
/**
 * This device's own microphone and camera: choosing, remembering by label, losing and getting them back.
 *
 * Event `change` whenever tracks, lists, problems or what is open have changed; event `notice` { kind, label } when the
 * browser changed a device by itself.
 *
 * @typedef {"none" | "denied" | "missing" | "busy" | "unsupported" | "ended" | "interrupted"} DeviceProblem
 * @typedef {{ microphone: boolean, camera: boolean }} Open
 */

const MEMORY = "diem-cau.devices";
/** Enough for one picture beside others; a commune's uplink bears it. */
const CAMERA = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 30 } };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class LocalMedia extends EventTarget {
  constructor() {
    super();
    /** @type {MediaStreamTrack | null} */
    this.audio = null;
    /** @type {MediaStreamTrack | null} */
    this.video = null;
    /** @type {{ microphone: DeviceProblem, camera: DeviceProblem }} */
    this.problems = { microphone: "none", camera: "none" };
    /** @type {Open} what the person wants open */
    this.wanted = { microphone: true, camera: true };
    /** @type {MediaDeviceInfo[]} */
    this.microphones = [];
    /** @type {MediaDeviceInfo[]} */
    this.cameras = [];
    this._onDeviceChange = () => void this._devicesChanged();
  }

  /** What others can receive now. @returns {Open} */
  get open() {
    return {
      microphone: this.wanted.microphone && this.audio !== null && this.audio.readyState === "live",
      camera: this.wanted.camera && this.video !== null && this.video.readyState === "live",
    };
  }

  static get supported() {
    return typeof navigator.mediaDevices?.getUserMedia === "function" && typeof RTCPeerConnection === "function";
  }

  /** Opens the remembered devices, or the browser's own choice. Never rejects: see `problems`. */
  async start() {
    if (!LocalMedia.supported) {
      this.problems = { microphone: "unsupported", camera: "unsupported" };
      this._changed();
      return;
    }
    navigator.mediaDevices.addEventListener("devicechange", this._onDeviceChange);
    await this._list();
    const memory = remembered();
    const microphone = idByLabel(this.microphones, memory.microphone);
    const camera = idByLabel(this.cameras, memory.camera);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: withDevice(MICROPHONE, microphone),
        video: withDevice(CAMERA, camera),
      });
      this._takeAudio(stream.getAudioTracks()[0] ?? null, "missing");
      this._takeVideo(stream.getVideoTracks()[0] ?? null, "missing");
    } catch {
      // One of the two is missing or refused: ask for each alone to learn which.
      await this._openMicrophone(microphone);
      await this._openCamera(camera);
    }
    await this._list();
    this._preferRemembered(memory);
    this._changed();
  }

  stop() {
    navigator.mediaDevices?.removeEventListener("devicechange", this._onDeviceChange);
    this.audio?.stop();
    this.video?.stop();
    this.audio = null;
    this.video = null;
  }

  /** @param {Partial<Open>} open */
  setOpen(open) {
    this.wanted = { ...this.wanted, ...open };
    this._applyOpen();
    this._changed();
  }

  /** @param {string} id */
  async chooseMicrophone(id) {
    await this._openMicrophone(id);
    remember({ microphone: labelOf(this.microphones, id) });
    this._changed();
  }

  /** @param {string} id */
  async chooseCamera(id) {
    await this._openCamera(id);
    remember({ camera: labelOf(this.cameras, id) });
    this._changed();
  }

  /** One tap after an interruption: opens again whatever is not live. */
  async recover() {
    if (this.audio?.readyState !== "live" || this.problems.microphone !== "none") {
      await this._openMicrophone(idByLabel(this.microphones, remembered().microphone));
    }
    if (this.video?.readyState !== "live" || this.problems.camera !== "none") {
      await this._openCamera(idByLabel(this.cameras, remembered().camera));
    }
    await this._list();
    this._changed();
  }

  get microphoneId() {
    return this.audio?.getSettings().deviceId ?? "";
  }

  get cameraId() {
    return this.video?.getSettings().deviceId ?? "";
  }

  // --- inner ------------------------------------------------------------------------------------------------

  /** @param {string} id */
  async _openMicrophone(id) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: withDevice(MICROPHONE, id) });
      this._takeAudio(stream.getAudioTracks()[0] ?? null, "missing");
    } catch (error) {
      this._takeAudio(null, problemOf(error));
    }
  }

  /** @param {string} id */
  async _openCamera(id) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: withDevice(CAMERA, id) });
      this._takeVideo(stream.getVideoTracks()[0] ?? null, "missing");
    } catch (error) {
      this._takeVideo(null, problemOf(error));
    }
  }

  /** @param {MediaStreamTrack | null} track @param {DeviceProblem} otherwise */
  _takeAudio(track, otherwise) {
    if (this.audio !== null && this.audio !== track) release(this.audio);
    this.audio = track;
    this.problems.microphone = track === null ? otherwise : "none";
    if (track !== null) this._watch(track, "microphone");
    this._applyOpen();
  }

  /** @param {MediaStreamTrack | null} track @param {DeviceProblem} otherwise */
  _takeVideo(track, otherwise) {
    if (this.video !== null && this.video !== track) release(this.video);
    this.video = track;
    this.problems.camera = track === null ? otherwise : "none";
    if (track !== null) this._watch(track, "camera");
    this._applyOpen();
  }

  /** @param {MediaStreamTrack} track @param {"microphone" | "camera"} device */
  _watch(track, device) {
    track.onended = () => {
      this.problems[device] = "ended";
      this._changed();
    };
    // A phone call or another program took the device; it may come back by itself.
    track.onmute = () => {
      if (track.readyState !== "live") return;
      this.problems[device] = "interrupted";
      this._changed();
    };
    track.onunmute = () => {
      if (this.problems[device] !== "interrupted") return;
      this.problems[device] = "none";
      this._changed();
    };
  }

  _applyOpen() {
    if (this.audio !== null) this.audio.enabled = this.wanted.microphone;
    if (this.video !== null) this.video.enabled = this.wanted.camera;
  }

  async _devicesChanged() {
    const before = { microphone: this.audio?.label ?? "", camera: this.video?.label ?? "" };
    await this._list();
    const memory = remembered();
    if (this.audio === null || this.audio.readyState === "ended") {
      await this._openMicrophone(idByLabel(this.microphones, memory.microphone));
    }
    if (this.video === null || this.video.readyState === "ended") {
      await this._openCamera(idByLabel(this.cameras, memory.camera));
    }
    if (this.audio !== null && this.audio.label !== before.microphone) this._notice("microphone", this.audio.label);
    if (this.video !== null && this.video.label !== before.camera) this._notice("camera", this.video.label);
    this._changed();
  }

  async _list() {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => /** @type {MediaDeviceInfo[]} */ ([]));
    this.microphones = all.filter((one) => one.kind === "audioinput" && one.deviceId !== "");
    this.cameras = all.filter((one) => one.kind === "videoinput" && one.deviceId !== "");
  }

  /**
   * Labels are hidden until the first permission: only now can a remembered device be found.
   * @param {{ microphone: string, camera: string }} memory
   */
  _preferRemembered(memory) {
    const microphone = idByLabel(this.microphones, memory.microphone);
    if (microphone !== "" && this.audio !== null && this.audio.label !== memory.microphone) {
      void this._openMicrophone(microphone).then(() => this._changed());
    }
    const camera = idByLabel(this.cameras, memory.camera);
    if (camera !== "" && this.video !== null && this.video.label !== memory.camera) {
      void this._openCamera(camera).then(() => this._changed());
    }
  }

  /** @param {string} kind @param {string} label */
  _notice(kind, label) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { kind, label } }));
  }

  _changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {MediaStreamTrack} track */
function release(track) {
  track.onended = track.onmute = track.onunmute = null;
  track.stop();
}

/** @param {MediaTrackConstraints} constraints @param {string} id */
function withDevice(constraints, id) {
  return id === "" ? constraints : { ...constraints, deviceId: { ideal: id } };
}

/** @param {unknown} error @returns {DeviceProblem} */
function problemOf(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "missing";
}

/** @param {MediaDeviceInfo[]} devices @param {string} label */
function idByLabel(devices, label) {
  return label === "" ? "" : (devices.find((one) => one.label === label)?.deviceId ?? "");
}

/** @param {MediaDeviceInfo[]} devices @param {string} id */
function labelOf(devices, id) {
  return devices.find((one) => one.deviceId === id)?.label ?? "";
}

/** @returns {{ microphone: string, camera: string }} */
function remembered() {
  try {
    const stored = JSON.parse(localStorage.getItem(MEMORY) ?? "{}");
    return { microphone: String(stored.microphone ?? ""), camera: String(stored.camera ?? "") };
  } catch {
    return { microphone: "", camera: "" };
  }
}

/** @param {{ microphone?: string, camera?: string }} labels */
function remember(labels) {
  try {
    localStorage.setItem(MEMORY, JSON.stringify({ ...remembered(), ...labels }));
  } catch {
    // A browser without storage asks again next time.
  }
}

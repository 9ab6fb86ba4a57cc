// Replaces the camera and the microphone of a page by a picture with a readable wall clock and a tone that beeps on
// every full second. Also offers window.diemCauReadClock(video), the reader for a <video> or <canvas> of the page.
// The text between the two at-signs is replaced with the layout and the options by tests/support/capture.py.
(() => {
  const { layout, options } = "@SETTINGS@";

  function checkOf(value) {
    let crc = 0xff;
    for (const power of [32, 24, 16, 8, 0]) {
      crc ^= Math.floor(value / 2 ** power) % 256;
      for (let n = 0; n < 8; n++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff;
    }
    return crc;
  }

  function bitsOf(seconds) {
    const value = Math.floor(seconds * layout.resolution) % 2 ** layout.time_bits;
    const check = checkOf(value);
    const bits = [];
    for (let n = layout.time_bits - 1; n >= 0; n--) bits.push(Math.floor(value / 2 ** n) % 2);
    for (let n = layout.check_bits - 1; n >= 0; n--) bits.push((check >> n) & 1);
    return bits;
  }

  function draw(context, seconds) {
    const { width, height } = context.canvas;
    context.fillStyle = "rgb(70, 96, 128)";
    context.fillRect(0, 0, width, height);
    const columns = [];
    const rows = [];
    for (let n = 0; n <= layout.columns; n++)
      columns.push(Math.round((layout.left + (layout.width * n) / layout.columns) * width));
    for (let n = 0; n <= layout.rows; n++) rows.push(Math.round((layout.top + (layout.height * n) / layout.rows) * height));
    bitsOf(seconds).forEach((bit, n) => {
      const column = n % layout.columns;
      const row = Math.floor(n / layout.columns);
      context.fillStyle = bit ? "#fff" : "#000";
      context.fillRect(columns[column], rows[row], columns[column + 1] - columns[column], rows[row + 1] - rows[row]);
    });
    context.fillStyle = "#fff";
    context.font = `${Math.round(height * 0.13)}px monospace`;
    context.fillText(new Date(seconds * 1000).toISOString().slice(11, 22), width * 0.03, height * 0.64);
    context.font = `${Math.round(height * 0.09)}px sans-serif`;
    context.fillText(options.label, width * 0.03, height * 0.8);
    const phase = seconds % 4;
    const across = (phase < 2 ? phase / 2 : 2 - phase / 2) * 0.9;
    context.fillStyle = "rgb(240, 200, 60)";
    context.fillRect(across * width, height * 0.86, width * 0.1, height * 0.1);
  }

  let canvas = null;
  function videoTrack() {
    if (canvas === null) {
      canvas = document.createElement("canvas");
      canvas.width = options.width;
      canvas.height = options.height;
      const context = canvas.getContext("2d");
      const paint = () => draw(context, Date.now() / 1000);
      paint();
      setInterval(paint, 1000 / options.frames_per_second);
    }
    return canvas.captureStream(options.frames_per_second).getVideoTracks()[0];
  }

  let audio = null;
  function audioSource() {
    if (audio !== null) return audio;
    const context = new AudioContext();
    context.resume();
    const bus = context.createGain();
    // A voice-like sound: a low saw through two vowel filters, in syllables of a quarter second.
    const throat = context.createOscillator();
    throat.type = "sawtooth";
    throat.frequency.value = options.pitch;
    const syllables = context.createGain();
    syllables.gain.value = 0.12;
    const rhythm = context.createOscillator();
    rhythm.frequency.value = 4;
    const depth = context.createGain();
    depth.gain.value = 0.1;
    rhythm.connect(depth).connect(syllables.gain);
    for (const formant of [700, 1200]) {
      const filter = context.createBiquadFilter();
      filter.type = "bandpass";
      filter.frequency.value = formant;
      filter.Q.value = 5;
      throat.connect(filter).connect(syllables);
    }
    syllables.connect(bus);
    throat.start();
    rhythm.start();
    // The beep: 80 ms of 1,000 Hz at each full second of the wall clock.
    const whistle = context.createOscillator();
    whistle.frequency.value = 1000;
    const gate = context.createGain();
    gate.gain.value = 0;
    whistle.connect(gate).connect(bus);
    whistle.start();
    let planned = 0;
    const plan = () => {
      const wall = Date.now() / 1000;
      const next = Math.ceil(wall);
      if (next === planned) return;
      planned = next;
      const at = context.currentTime + (next - wall);
      gate.gain.setValueAtTime(0.3, at);
      gate.gain.setValueAtTime(0, at + 0.08);
    };
    setInterval(plan, 200);
    audio = { context, bus };
    return audio;
  }

  function audioTrack() {
    const { context, bus } = audioSource();
    const out = context.createMediaStreamDestination();
    bus.connect(out);
    return out.stream.getAudioTracks()[0];
  }

  async function getUserMedia(wanted) {
    const tracks = [];
    if (wanted && wanted.audio) tracks.push(audioTrack());
    if (wanted && wanted.video) tracks.push(videoTrack());
    if (tracks.length === 0) throw new TypeError("neither audio nor video was asked for");
    return new MediaStream(tracks);
  }

  if (options.replace_devices && navigator.mediaDevices) {
    Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: getUserMedia, configurable: true });
  }

  // The reader: seconds, or null where the picture shows no valid clock.
  window.diemCauReadClock = (source) => {
    const width = source.videoWidth || source.width;
    const height = source.videoHeight || source.height;
    if (!width || !height) return null;
    const board = document.createElement("canvas");
    board.width = width;
    board.height = height;
    const context = board.getContext("2d", { willReadFrequently: true });
    context.drawImage(source, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height).data;
    const parts = [0.3, 0.4, 0.5, 0.6, 0.7];
    const levels = [];
    for (let row = 0; row < layout.rows; row++)
      for (let column = 0; column < layout.columns; column++) {
        let sum = 0;
        for (const down of parts)
          for (const right of parts) {
            const y = Math.min(height - 1, Math.floor((layout.top + (layout.height * (row + down)) / layout.rows) * height));
            const x = Math.min(width - 1, Math.floor((layout.left + (layout.width * (column + right)) / layout.columns) * width));
            sum += pixels[(y * width + x) * 4];
          }
        levels.push(sum / parts.length ** 2);
      }
    const darkest = Math.min(...levels);
    const brightest = Math.max(...levels);
    if (brightest - darkest < 60) return null;
    const bits = levels.map((level) => (level > (darkest + brightest) / 2 ? 1 : 0));
    const value = bits.slice(0, layout.time_bits).reduce((sum, bit) => sum * 2 + bit, 0);
    const check = bits.slice(layout.time_bits).reduce((sum, bit) => sum * 2 + bit, 0);
    return check === checkOf(value) ? value / layout.resolution : null;
  };
})();

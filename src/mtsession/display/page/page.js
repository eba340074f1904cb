"use strict";
// Draws the breathing guide from phases that are sent ahead, on the session's clock.
// What is known is drawn to its end whether or not the laptop can be reached meanwhile.

const EMPTY = 0.25;
const PING_FIRST_MS = 150;
const PING_THEN_MS = 2000;
const FIRST_PINGS = 16;
const REMEMBERED_MS = 60000;
const SILENT_MS = 7000;
const AGAIN_MS = [250, 500, 1000, 2000];
const SETTLE_MS = 900;

const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const disc = document.getElementById("disc");
const word = document.getElementById("word");
const counts = document.getElementById("counts");
const hint = document.getElementById("hint");

// The session's clock: of the answers of the last minute, the one that came back soonest.

let answers = [];

function learn(sent, got, thereUs) {
  const onTheWay = got - sent;
  answers = answers.filter((one) => got - one.got < REMEMBERED_MS);
  answers.push({ got, onTheWay, aheadUs: thereUs - (sent + onTheWay / 2) * 1000 });
}

function sessionUs(at) {
  if (answers.length === 0) return null;
  const best = answers.reduce((a, b) => (b.onTheWay < a.onTheWay ? b : a));
  return at * 1000 + best.aheadUs;
}

// What the laptop tells.

let guide = { state: "none", phases: [] };
let socket = null;
let tries = 0;
let pings = 0;
let heardAt = performance.now();

function take(text) {
  const message = JSON.parse(text);
  heardAt = performance.now();
  if ("pong" in message) {
    learn(message.pong, heardAt, message.now_us);
  } else {
    guide = message;
  }
}

function connect() {
  const place = new URL("live", window.location.href);
  place.protocol = "ws:";
  socket = new WebSocket(place);
  socket.onopen = () => { tries = 0; pings = 0; heardAt = performance.now(); };
  socket.onmessage = (event) => take(event.data);
  socket.onclose = () => {
    socket = null;
    window.setTimeout(connect, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
  };
}

function ask() {
  if (socket !== null && socket.readyState === WebSocket.OPEN) {
    if (performance.now() - heardAt > SILENT_MS) {
      socket.close();
    } else {
      socket.send(JSON.stringify({ ping: performance.now() }));
      pings += 1;
    }
  }
  window.setTimeout(ask, pings < FIRST_PINGS ? PING_FIRST_MS : PING_THEN_MS);
}

// What is drawn.

function phaseAt(us) {
  if (guide.state !== "pacing" || us === null) return null;
  return guide.phases.find((one) => one.starts_us <= us && us < one.ends_us) ?? null;
}

function fullness(one, us) {
  const share = (us - one.starts_us) / (one.ends_us - one.starts_us);
  const risen = 0.5 - 0.5 * Math.cos(Math.PI * share);
  return { inhale: risen, hold: 1, exhale: 1 - risen, rest: 0 }[one.phase];
}

let shown = 0;
let drawnAt = null;
let shownWord = "";
let shownCounts = "";

function say(element, before, now) {
  if (before !== now) element.textContent = now;
  return now;
}

function draw(at) {
  const us = sessionUs(at);
  const one = phaseAt(us);
  const passed = drawnAt === null ? 0 : at - drawnAt;
  drawnAt = at;
  if (one !== null) {
    shown = fullness(one, us);
  } else {
    shown *= Math.exp(-passed / SETTLE_MS);
  }
  const size = still.matches ? 1 : EMPTY + (1 - EMPTY) * shown;
  disc.style.transform = `scale(${size.toFixed(4)})`;
  shownWord = say(word, shownWord, one === null ? "" : one.word);
  shownCounts = say(counts, shownCounts, one === null || !still.matches ? "" : left(one, us));
  if (typeof window.watched === "function") window.watched(one, at, us);
  window.requestAnimationFrame(draw);
}

// Without motion, a dot goes with each count instead.
function left(one, us) {
  const share = (us - one.starts_us) / (one.ends_us - one.starts_us);
  return "\u25cf".repeat(Math.max(1, Math.ceil(one.counts * (1 - share) - 1e-6)));
}

// The screen stays on, and full when it is tapped.

async function stayOn() {
  if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // Not allowed here: the screen keeps to its own time.
  }
}

function fill() {
  hint.classList.add("gone");
  if (document.fullscreenElement === null) {
    document.documentElement.requestFullscreen?.().catch(() => {});
  }
}

document.addEventListener("click", fill);
document.addEventListener("keydown", fill);
document.addEventListener("visibilitychange", stayOn);
window.setTimeout(() => hint.classList.add("gone"), 8000);
stayOn();
connect();
ask();
window.requestAnimationFrame(draw);

// For screen readers: which answer is still being written, and all of its words once it is there,
// for who wants to hear them then.

import { wordsOf } from "./words.js";

const turns = document.getElementById("turns");
const announcer = document.getElementById("announcer");
const isRead = document.querySelector("#shortcuts [name=answers-read]");

let written = ""; // the id of the turn that was being written when this looked last

function answerOf(turn) {
  const bodies = [...turn.querySelectorAll(".body")];
  const body = bodies.findLast(({ textContent }) => textContent.trim());
  return body ? wordsOf(body) : "";
}

function look() {
  const turn = turns.lastElementChild;
  if (!turn) return;
  const { status } = turn.querySelector(".strip").dataset;
  const isLive = status === "queued" || status === "running";
  if (isLive !== turn.hasAttribute("aria-busy")) turn.ariaBusy = isLive ? "true" : null;
  if (isRead.checked && status === "completed" && written === turn.id) {
    announcer.append(` ${answerOf(turn)}`);
  }
  written = isLive ? turn.id : "";
}

document.addEventListener("htmx:wsAfterMessage", look);
look();

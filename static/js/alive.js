// A line may die without a word, as in a tunnel. Its system tells so after minutes, if at all: whoever
// waits for something asks whether somebody is there, and gives the line up where nothing comes.

const TICK_MS = 5000;
const PATIENT = 2; // ticks in which a line must open, or answer

export class Watch {
  #patience = PATIENT; // longer each time: a line may be slow, and what comes by it long
  #quiet = 0; // ticks in which nothing came
  #silent = 0; // of those the ones in which something was waited for
  #line;

  // `isAwaited` is asked of a line that is open, with the ticks in which nothing came by it.
  constructor({ isAwaited, giveUp }) {
    setInterval(() => this.#tick(isAwaited, giveUp), TICK_MS);
  }

  follow(line) {
    this.#line = line;
    this.#quiet = this.#silent = 0;
  }

  hear() {
    this.#patience = PATIENT;
    this.#quiet = this.#silent = 0;
  }

  #tick(isAwaited, giveUp) {
    const state = this.#line?.readyState;
    this.#quiet += 1;
    const isOpen = state === WebSocket.OPEN;
    const isWaiting = isOpen ? isAwaited(this.#quiet) : state === WebSocket.CONNECTING;
    this.#silent = isWaiting ? this.#silent + 1 : 0;
    if (this.#silent > this.#patience) {
      this.#patience *= 2;
      giveUp();
    } else if (isWaiting && isOpen) this.#line.send(JSON.stringify({ type: "alive" }));
  }
}

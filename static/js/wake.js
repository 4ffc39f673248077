// When a line may look open and be dead: after the machine slept, changed its network, or the page was
// left and is back.

const TICK_MS = 5000;
const ASLEEP_MS = 90_000; // tabs in the background tick once a minute

export function whenAwake(wake) {
  let ticked = Date.now();
  const awake = () => {
    ticked = Date.now();
    wake();
  };
  const tick = () => {
    if (Date.now() - ticked > ASLEEP_MS) awake();
    ticked = Date.now();
  };
  setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", tick);
  window.addEventListener("online", awake);
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) awake();
  });
}

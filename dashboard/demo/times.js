// Times: their units, and how the page writes them.
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / SECOND));
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  const told = parts.slice(first).filter(([count], at) => count || !at);
  return told.map((part) => part.join(" ")).join(" ");
}

export function countdown(ms) {
  const seconds = Math.max(0, Math.round(ms / SECOND));
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const DAY = 24 * 60 * MINUTE;

// A time of day; further away than a day, the day.
export const day = (at) =>
  Math.abs(at - Date.now()) < DAY ? clock(at) : new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
export const clock = (at) => new Date(at).toLocaleTimeString("en-GB");

// What the page's tests see: every callback of the keeper, in order, and how often the page was restored.
window.told = [];
window.restored = 0;
window.addEventListener("pageshow", (event) => (window.restored += event.persisted));
window.count = (name) => window.told.filter(([told]) => told === name).length;
window.signIn = () => fetch("/sign-in", { method: "POST" }).then(({ status }) => status);
window.signOut = () => fetch("/sign-out", { method: "POST" }).then(({ status }) => status);

// Keeps pointer events from the keeper, as an assistive tool that clicks by itself makes none.
window.withoutPointer = () => {
  for (const type of ["pointerdown", "pointermove", "mousedown", "touchstart"])
    window.addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true });
};
if (location.hash === "#no-pointer") window.withoutPointer();
window.thrown = [];
window.addEventListener("error", ({ message }) => window.thrown.push(message));
window.addEventListener("unhandledrejection", ({ reason }) => window.thrown.push(String(reason)));

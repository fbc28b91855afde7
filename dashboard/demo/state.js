// What this tab knows of its session. Other modules read it and write it; nothing happens by that alone.
export const state = {
  keeper: undefined,
  session: undefined, // what the service tells of it: the cookie cannot be seen from here
  outageUntil: 0,
  revoked: false,
  lastInput: Date.now(), // in any tab
  due: 0, // about when the timer refreshes, or the next try is
  failing: false,
};

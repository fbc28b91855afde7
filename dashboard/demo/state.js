// What this tab knows of its session. Other modules read it and write it; nothing happens by that alone.
export const state = {
  tab: undefined, // what this tab is called: the name of its first keeper
  keeper: undefined,
  session: undefined, // what the service tells of it: the cookie cannot be seen from here
  outageUntil: 0,
  revoked: false,
  lastInput: Date.now(), // in any tab
  due: 0, // about when the timer refreshes, or the next try is
  possible: 0, // from when on the button may refresh
  failing: false,
  ending: 0, // when the session ends, once that is near
  over: false, // The session has ended, and the keeper pauses until there is another one.
};

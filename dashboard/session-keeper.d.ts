/** All times are in milliseconds. */
export interface SessionKeeperOptions {
  /**
   * The refresh endpoint. A relative one is resolved once, against the document. Keepers of the same origin and endpoint
   * work as one, however it is spelled. Default: `"/api/v1/auth/refresh"`.
   */
  url?: string;

  /** The timer's period, counted from the latest refresh in any tab. Default: 900 000, 15 minutes. */
  interval?: number;

  /**
   * How far each period is lengthened or shortened at random, as a share of it, so that tabs and users do not all come at
   * once. From 0 to below 1. Default: 0.1.
   */
  jitter?: number;

  /**
   * No refresh follows another one, in whatever tab, sooner than this. Focus and route changes often come in bursts.
   * Retries after a failure keep to Retry-After or the back-off instead. Default: 60 000, one minute.
   */
  minGap?: number;

  /**
   * Without input in any tab for this long, the user counts as gone: nothing but {@link SessionKeeper.refresh} refreshes
   * until there is input again, or the user comes back to a tab. Input is what the user does with pointer, keys, wheel,
   * touch, dictation, menus, input methods and assistive tools, in the page and in its frames of the same origin.
   * `Infinity` keeps the session alive for as long as a tab is open. Default: 1 800 000, 30 minutes.
   */
  idleAfter?: number;

  /** How long before the session's end `onEnding` is called. Default: 300 000, 5 minutes. */
  endingBefore?: number;

  /**
   * After the session's end, the keeper pauses instead of stopping: a refresh in any tab, by a page loaded after a sign-in
   * or by {@link SessionKeeper.resume}, sets it going again, with `onResumed`. Default: false.
   */
  pauseOnExpired?: boolean;

  /** Sent as the Verifa-Version header, `YYYY-MM-DD`. Without it, no such header is sent. */
  version?: string;

  /** The session was refreshed, in this tab or another one. */
  onRefresh?: (refresh: Refresh) => void;

  /**
   * An attempt of this tab failed. The session goes on, and the keeper tries again by itself. A 401 that is not the
   * service's own, but a proxy's or a gateway's, is such a failure.
   */
  onError?: (error: RefreshError) => void;

  /**
   * The session reaches its maximum age soon, and then ends whatever the user does. Called in every tab, `endingBefore`
   * ahead of the end, and again if an answer moves an end that was told: if it is then further away than `endingBefore`,
   * take the warning down. Needs the answer's Verifa-Session-Ends.
   */
  onEnding?: (ending: Ending) => void;

  /**
   * The session is over (401): sign in again. Called once in every tab, whose keeper has stopped or paused by then. A page
   * that is restored from the back/forward cache later may be told again.
   */
  onExpired?: () => void;

  /** Another tab has signed out, by {@link SessionKeeper.signOut}. Without it, `onExpired` is called. */
  onSignedOut?: () => void;

  /**
   * The session that was over goes on, perhaps as another user's: look whose it is before the page shows anything. Called
   * in every tab whose keeper was paused, and in a page that is restored from the back/forward cache.
   */
  onResumed?: () => void;
}

/**
 * What led to a refresh: the page was loaded, or restored from the back/forward cache; the timer; input after a pause; the
 * window gained focus; the tab became visible; the route changed; another tab was refused, perhaps for the session before
 * this one; a call of {@link SessionKeeper.resume}, or of {@link SessionKeeper.refresh}, which may name its own reason.
 */
export type RefreshReason =
  | "start"
  | "restored"
  | "timer"
  | "activity"
  | "focus"
  | "visible"
  | "route"
  | "check"
  | "resume"
  | "manual"
  | (string & {});

export interface Refresh {
  reason: RefreshReason;
  /** The tab that did it: this one, if it is the keeper's own {@link SessionKeeper.tab}. */
  tab: string;
  /** When it began, by the wall clock, as Date.now() tells it. A page just loaded may be told of one before its time. */
  at: number;
}

export interface Ending {
  /** When the session ends, by the wall clock, as Date.now() tells it. */
  at: number;
}

export interface RefreshError extends Error {
  /** What led to the attempt. */
  reason: RefreshReason;
  /** The answer's status. Undefined if there was none: no network, no answer in time, CORS. */
  status: number | undefined;
  /** In how long the keeper tries again. */
  retryIn: number;
}

export interface SessionKeeper {
  /** Names this tab in {@link Refresh.tab}. */
  readonly tab: string;

  /**
   * Refreshes now, idle or not, unless the minimum gap, Retry-After or a back-off forbids it. Settles when the attempt is
   * over, and never rejects: how it went is told to `onRefresh`, `onError` and `onExpired`.
   */
  refresh(reason?: RefreshReason): Promise<void>;

  /**
   * The user has just signed in, in this page: refreshes at once, whatever the gap or a wait, or after a refresh that is
   * under way, and sets the paused keepers of all tabs going again. Settles when the attempt is over, and never rejects.
   */
  resume(): Promise<void>;

  /**
   * Signs out in every tab: their keepers stop and give up what is under way, so that no refresh brings the cookie back.
   * Then runs `work`, the page's own call that revokes the session and clears the cookie, and resolves or rejects as it
   * does. The other tabs are told by `onSignedOut` when it is over; this one is told nothing more.
   */
  signOut<T>(work: () => T | PromiseLike<T>): Promise<T>;

  /** Removes every listener and timer, and gives up a request under way. No callback is called afterwards. */
  stop(): void;
}

/**
 * Keeps the session of this page alive until it expires or the keeper is stopped.
 *
 * @param window The window to work in; a test may hand over its own.
 * @throws RangeError if a time is out of its range, TypeError if `url` is none.
 */
export function keepSession(options?: SessionKeeperOptions, window?: Window & typeof globalThis): SessionKeeper;

/** All times are in milliseconds. */
export interface SessionKeeperOptions {
  /** The refresh endpoint. Keepers of the same origin and `url` work as one. Default: `"/api/v1/auth/refresh"`. */
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
   * Without pointer, key, wheel or touch input in any tab for this long, the user counts as gone: nothing but
   * {@link SessionKeeper.refresh} refreshes until there is input again, or the user comes back to a tab. `Infinity` keeps
   * the session alive for as long as a tab is open. Default: 1 800 000, 30 minutes.
   */
  idleAfter?: number;

  /** Sent as the Verifa-Version header, `YYYY-MM-DD`. Without it, no such header is sent. */
  version?: string;

  /** The session was refreshed, in this tab or another one. */
  onRefresh?: (refresh: Refresh) => void;

  /** An attempt of this tab failed. The session goes on, and the keeper tries again by itself. */
  onError?: (error: RefreshError) => void;

  /** The session is over (401): sign in again. Called once in every tab, whose keeper has stopped by then. */
  onExpired?: () => void;
}

/**
 * What led to a refresh: the page was loaded, the timer, input after a pause, the window gained focus, the tab became
 * visible, the route changed, or a call of {@link SessionKeeper.refresh}, which may name a reason of its own.
 */
export type RefreshReason = "start" | "timer" | "activity" | "focus" | "visible" | "route" | "manual" | (string & {});

export interface Refresh {
  reason: RefreshReason;
  /** The tab that did it: this one, if it is the keeper's own {@link SessionKeeper.tab}. */
  tab: string;
  /** When, by the wall clock, as Date.now() tells it. A page just loaded may be told of a refresh before its time. */
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

  /** Removes every listener and timer, and gives up a request under way. No callback is called afterwards. */
  stop(): void;
}

/**
 * Keeps the session of this page alive until it expires or the keeper is stopped.
 *
 * @param window The window to work in; a test may hand over its own.
 * @throws RangeError if a time is not above 0.
 */
export function keepSession(options?: SessionKeeperOptions, window?: Window & typeof globalThis): SessionKeeper;

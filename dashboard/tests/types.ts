// Checked by `npm run types`, never run: what a caller may write, and what the compiler must refuse.
import { keepSession, type Ending, type Refresh, type RefreshError, type SessionKeeper } from "session-keeper";

const keeper: SessionKeeper = keepSession({
  url: "https://devapi.withverifa.com/api/v1/auth/refresh",
  interval: 900_000,
  jitter: 0.1,
  minGap: 60_000,
  idleAfter: Infinity,
  version: "2026-02-01",
  onRefresh: ({ reason, tab, at }: Refresh) => console.log(reason, tab === keeper.tab, new Date(at)),
  onError: (error: RefreshError) => console.warn(error.message, error.cause, error.status ?? 0, error.retryIn + 1),
  endingBefore: 120_000,
  pauseOnExpired: true,
  onEnding: ({ at }: Ending) => console.log(at - Date.now()),
  onExpired: () => location.assign("/sign-in"),
  onSignedOut: () => location.assign("/goodbye"),
  onResumed: () => location.reload(),
});
keepSession();
const done: Promise<void> = keeper.refresh();
void done.then(() => keeper.refresh("saved a form"));
void keeper.resume().then(() => keeper.stop());
const signedOut: Promise<number> = keeper.signOut(async () => (await fetch("/sign-out", { method: "POST" })).status);
void signedOut.then(() => keeper.signOut(() => {}));

// @ts-expect-error: times are numbers
keepSession({ interval: "15m" });
// @ts-expect-error: no such option
keepSession({ token: "eyJ" });
// @ts-expect-error: a status may be missing
keepSession({ onError: ({ status }) => status.toFixed() });
// @ts-expect-error: onExpired is told nothing
keepSession({ onExpired: (reason: string) => console.log(reason) });
// @ts-expect-error: signing out is the page's own work
keeper.signOut("/sign-out");
// @ts-expect-error: a tab keeps its name
keeper.tab = "first";

// Checked by `npm run types`, never run: what a caller may write, and what the compiler must refuse.
import { keepSession, type Refresh, type RefreshError, type SessionKeeper } from "session-keeper";

const keeper: SessionKeeper = keepSession({
  url: "https://devapi.withverifa.com/api/v1/auth/refresh",
  interval: 900_000,
  jitter: 0.1,
  minGap: 60_000,
  idleAfter: Infinity,
  version: "2026-02-01",
  onRefresh: ({ reason, tab, at }: Refresh) => console.log(reason, tab === keeper.tab, new Date(at)),
  onError: (error: RefreshError) => console.warn(error.message, error.cause, error.status ?? 0, error.retryIn + 1),
  onExpired: () => location.assign("/sign-in"),
});
keepSession();
const done: Promise<void> = keeper.refresh();
void done.then(() => keeper.refresh("saved a form"));
keeper.stop();

// @ts-expect-error: times are numbers
keepSession({ interval: "15m" });
// @ts-expect-error: no such option
keepSession({ token: "eyJ" });
// @ts-expect-error: a status may be missing
keepSession({ onError: ({ status }) => status.toFixed() });
// @ts-expect-error: onExpired is told nothing
keepSession({ onExpired: (reason: string) => console.log(reason) });
// @ts-expect-error: a tab keeps its name
keeper.tab = "first";

// Where most tests begin: keepers whose first refresh is done, and forgotten.
import { Browser } from "./browser.js";
import { SECOND } from "./times.js";

/** One tab with a running keeper whose first refresh is done. */
export async function started(options, browser = new Browser()) {
  const tab = browser.open();
  tab.keep(options);
  await browser.advance(SECOND);
  browser.requests.length = tab.refreshes.length = 0;
  return { browser, tab, keeper: tab.keeper };
}

/** Five tabs of one session, one of which did the first refresh. */
export async function startedTabs(options, browser = new Browser()) {
  const tabs = [1, 2, 3, 4, 5].map(() => browser.open());
  for (const tab of tabs) tab.keep(options);
  await browser.advance(5 * SECOND);
  browser.requests.length = 0;
  for (const tab of tabs) tab.refreshes.length = 0;
  return { browser, tabs };
}

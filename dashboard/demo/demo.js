// Starts the demo, which shows what session-keeper does, in words and pictures. A real page needs keepSession alone.
import { wireButtons } from "./buttons.js";
import { siftInput } from "./input.js";
import { keep, look } from "./keeping.js";
import { hearOtherTabs, say } from "./news.js";
import { offerPaces } from "./pace.js";
import { draw } from "./page.js";
import { followRoutes, route } from "./routes.js";
import { reasonOf } from "./service.js";
import { state } from "./state.js";
import { SECOND } from "./times.js";

siftInput(); // before there is a keeper, to hear input before it does
hearOtherTabs(look);
followRoutes();
wireButtons();
offerPaces(() => state.keeper && keep());

setInterval(draw, SECOND);
const failure = await look();
if (!state.keeper) {
  route();
  if (failure) say(`Your session could not be read: ${reasonOf(failure)}. Load the page again.`, "failed");
}

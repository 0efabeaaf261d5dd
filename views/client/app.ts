import { flashTarget } from "./flash.ts";
import { closeMenus } from "./menus.ts";
import { me } from "./page.ts";
import { keepTabsAlike } from "./tabs.ts";
import { keepTimes } from "./time.ts";

keepTimes();
closeMenus();
keepTabsAlike();
flashTarget();
addEventListener("hashchange", flashTarget);
if (me) void import("./live.ts").then(({ startLive }) => startLive());

import { flashTarget } from "./flash.ts";
import { takeAlong } from "./leaving.ts";
import { closeMenus } from "./menus.ts";
import { load, me } from "./page.ts";
import { keepTabsAlike } from "./tabs.ts";
import { keepTimes } from "./time.ts";

keepTimes();
closeMenus();
keepTabsAlike();
takeAlong();
flashTarget();
addEventListener("hashchange", flashTarget);
if (me) void load(() => import("./live.ts")).then(({ startLive }) => startLive());

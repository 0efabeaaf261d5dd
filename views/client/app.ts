import { flashTarget } from "./flash.ts";
import { closeMenus } from "./menus.ts";
import { me } from "./page.ts";
import { keepTimes } from "./time.ts";

keepTimes();
closeMenus();
flashTarget();
addEventListener("hashchange", flashTarget);
if (me) void import("./live.ts").then(({ startLive }) => startLive());

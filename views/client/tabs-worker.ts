import { hostTabs } from "./tabs-host.ts";

hostTabs();

import { registerStomp } from "./hx-stomp.ts";

registerStomp();

import { answerPushes } from "./push-worker.ts";

answerPushes();

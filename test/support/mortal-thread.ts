// The writer's thread, but it dies where something that is written tells it to; see test/database/writer-death.test.ts.
import { Connection } from "../../src/database/connection.ts";
import "../../src/database/writer-thread.ts";
import { DEATHS } from "./deaths.ts";

const WORDS: ReadonlySet<string> = new Set(Object.values(DEATHS));
const { run, close } = Connection.prototype;
let death: string | undefined;

Connection.prototype.run = function (sql, args) {
  for (const value of Array.isArray(args) ? args : []) {
    if (typeof value === "string" && WORDS.has(value)) death = value;
  }
  if (death === DEATHS.midway && sql !== "begin") {
    run.call(this, sql, args);
    process.exit();
  }
  if (death === DEATHS.uncaught && sql === "commit") {
    setTimeout(() => {
      throw new Error(DEATHS.uncaught);
    });
  }
  if (death === DEATHS.beforeCommit && sql === "commit") process.exit();
  const result = run.call(this, sql, args);
  if (death === DEATHS.afterCommit && sql === "commit") process.exit();
  return result;
};

Connection.prototype.close = function () {
  if (death === DEATHS.closing) process.exit();
  close.call(this);
};

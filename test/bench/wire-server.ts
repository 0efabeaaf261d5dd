// Birdie's own sockets, sessions and hub with nothing behind them: what the protocol alone costs.
import { testBroker } from "../support/broker.ts";

const broker = await testBroker({ socketsPerAddress: 100_000 });
console.log(`The wire is ready at ${broker.url}`);
process.on("SIGTERM", () => process.exit(0));

// The limit: what Bun's own publish can do for the same bytes when nobody asks for a protocol, rights or a disk. With
// `bun raw-server.ts FILE` it commits each line there before it publishes it, one INSERT for all that wait, in a thread of
// its own: the least that any server does which loses nothing.
import { Writer } from "../../src/database/writer.ts";

interface Seat {
  readonly topic: string;
  readonly isDeaf: boolean;
  readonly bytes: number;
}
interface Line {
  readonly seat: Seat;
  readonly text: string;
}

const [, , file] = process.argv;
const writer =
  file === undefined
    ? undefined
    : new Writer(file, ["journal_mode=wal", "synchronous=full", "wal_autocheckpoint=8000"]);
await writer?.transact([["create table lines (id integer primary key, topic text not null, body text not null)"]]);
let waiting: Line[] = [];
let isCommitting = false;

const server = Bun.serve<Seat>({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, by) {
    const { searchParams } = new URL(request.url);
    const data: Seat = {
      topic: searchParams.get("room") ?? "",
      isDeaf: searchParams.has("deaf"),
      bytes: Number(searchParams.get("bytes")),
    };
    return by.upgrade(request, { data }) ? undefined : new Response("WebSocket only\n", { status: 426 });
  },
  websocket: {
    data: {} as Seat,
    perMessageDeflate: false,
    open(ws) {
      if (!ws.data.isDeaf) ws.subscribe(ws.data.topic);
    },
    message(ws, text) {
      if (typeof text !== "string") return;
      const line = { seat: ws.data, text };
      if (!writer) publish(line);
      else {
        waiting.push(line);
        if (!isCommitting) void commit(writer);
      }
    },
  },
});

/** As long as a MESSAGE frame of Birdie's with the same body. */
function publish({ seat, text }: Line): void {
  server.publish(seat.topic, text.padEnd(seat.bytes, "x"));
}

async function commit(by: Writer): Promise<void> {
  isCommitting = true;
  await new Promise((resolve) => setImmediate(resolve));
  while (waiting.length > 0) {
    const lines = waiting;
    waiting = [];
    const places = lines.map(() => "(?,?)").join(",");
    const values = lines.flatMap(({ seat, text }) => [seat.topic, text]);
    await by.transact([[`insert into lines (topic, body) values ${places}`, values]]);
    for (const line of lines) publish(line);
  }
  isCommitting = false;
}

console.log(`Raw is ready at http://127.0.0.1:${server.port}`);
process.on("SIGTERM", () => process.exit(0));

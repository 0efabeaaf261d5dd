// The limit: what Bun's own publish can do for the same bytes when nobody asks for a protocol, rights or a disk.
interface Seat {
  readonly topic: string;
  readonly isDeaf: boolean;
  readonly bytes: number;
}

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
      // As long as a MESSAGE frame of Birdie's with the same body.
      if (typeof text === "string") server.publish(ws.data.topic, text.padEnd(ws.data.bytes, "x"));
    },
  },
});
console.log(`Raw is ready at http://127.0.0.1:${server.port}`);
process.on("SIGTERM", () => process.exit(0));

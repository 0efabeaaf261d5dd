"""stomp.py through its paces; told by JSON what to do, it prints what came of it as one line of JSON.

{"port": 1, "version": "1.2", "login": "guest", "passcode": "guest", "topic": "/topic/a", "queue": "/queue/a"}
With "chat" instead: {"listen": "/topic/5", "say": "/chat/5", "text": "...", "inbox": "/queue/alice"}.
"""
import json
import sys
import threading

import stomp

WAIT_S = 20


class Listener(stomp.ConnectionListener):
    def __init__(self):
        self.frames = []
        self.beats = 0
        self.changed = threading.Condition()

    def _take(self, kind, frame):
        with self.changed:
            self.frames.append((kind, dict(frame.headers), frame.body))
            self.changed.notify_all()

    def on_message(self, frame):
        self._take("MESSAGE", frame)

    def on_receipt(self, frame):
        self._take("RECEIPT", frame)

    def on_error(self, frame):
        self._take("ERROR", frame)

    def on_connected(self, frame):
        self._take("CONNECTED", frame)

    def on_heartbeat(self):
        with self.changed:
            self.beats += 1
            self.changed.notify_all()

    def until(self, holds):
        with self.changed:
            if not self.changed.wait_for(holds, WAIT_S):
                raise SystemExit("waited in vain; came: %r" % (self.frames,))

    def of(self, kind):
        return [one for one in self.frames if one[0] == kind]

    def bodies(self):
        return [body for _, _, body in self.of("MESSAGE")]

    def receipt(self, name):
        self.until(lambda: any(headers["receipt-id"] == name for _, headers, _ in self.of("RECEIPT")))


def connect(task, heartbeats=(0, 0)):
    kind = {"1.0": stomp.Connection10, "1.1": stomp.Connection11, "1.2": stomp.Connection12}[task["version"]]
    options = {} if task["version"] == "1.0" else {"heartbeats": heartbeats}
    connection = kind([("127.0.0.1", task["port"])], **options)
    listener = Listener()
    connection.set_listener("", listener)
    connection.connect(task["login"], task["passcode"], wait=True)
    return connection, listener


def answer(connection, task, verb, headers):
    call = getattr(connection, verb)
    if task["version"] == "1.2":
        call(headers["ack"], receipt=verb)
    elif task["version"] == "1.1":
        call(headers["message-id"], headers["subscription"], receipt=verb)
    else:
        call(headers["message-id"], receipt=verb)


def paces(task):
    topic, queue = task["topic"], task["queue"]
    connection, listener = connect(task)
    version = listener.of("CONNECTED")[0][1].get("version", "1.0")
    connection.subscribe(topic, id="t", ack="auto")
    connection.send(topic, "hello 한글🙂", content_type="text/plain", headers={"bird": "robin"})
    listener.until(lambda: len(listener.bodies()) == 1)
    headers = listener.of("MESSAGE")[0][1]
    connection.begin("a")
    connection.send(topic, "in a", transaction="a")
    connection.send(topic, "outside")
    connection.commit("a")
    connection.begin("b")
    connection.send(topic, "never", transaction="b")
    connection.abort("b", receipt="aborted")
    listener.receipt("aborted")
    heard = listener.bodies()

    worker, work = connect(task)
    connection.send(queue, "one")
    connection.send(queue, "two", receipt="sent")
    listener.receipt("sent")
    worker.subscribe(queue, id="q", ack="client")
    work.until(lambda: len(work.bodies()) == 2)
    if task["version"] != "1.0":
        answer(worker, task, "nack", work.of("MESSAGE")[1][1])
        work.receipt("nack")
        work.until(lambda: len(work.bodies()) == 4)
    answer(worker, task, "ack", work.of("MESSAGE")[-2][1])
    work.receipt("ack")
    worker.disconnect(receipt="worker-gone")
    work.receipt("worker-gone")

    connection.subscribe(queue, id="left", ack="auto")
    listener.until(lambda: len(listener.bodies()) == 4)
    left = listener.bodies()[3:]
    connection.unsubscribe(id="left", receipt="unsubscribed") if task["version"] != "1.0" else None
    beats = 0
    if task["version"] != "1.0":
        # Hurried beats are asked for, slow ones borne: stomp.py gives up after one and a half times what it asked for.
        beating, beaten = connect(task, (100, 1_000))
        beaten.until(lambda: beaten.beats >= 2)
        beats = beaten.beats
        beating.disconnect()
    connection.disconnect(receipt="gone")
    listener.receipt("gone")
    return {
        "version": version,
        "headers": headers,
        "heard": heard,
        "work": work.bodies(),
        "left": left,
        "beats": beats,
        "errors": listener.of("ERROR") + work.of("ERROR"),
    }


def refused(task):
    connection, listener = None, None
    try:
        connection, listener = connect(task)
    except stomp.exception.ConnectFailedException:
        return {"refused": True}
    return {"refused": False}


def chat(task):
    connection, listener = connect(task)
    connection.subscribe(task["inbox"], id="inbox", ack="auto")
    connection.subscribe(task["listen"], id="room", ack="auto", receipt="in")
    listener.receipt("in")
    connection.send(task["say"], json.dumps({"message": task["text"]}), content_type="application/json", receipt="said")
    listener.receipt("said")
    print(json.dumps({"ready": True}), flush=True)
    listener.until(lambda: sum(json.loads(body).get("event") == "said" for body in listener.bodies()) >= 2)
    listener.until(lambda: any(json.loads(body)["type"] == "LIKES" for body in listener.bodies()))
    connection.disconnect(receipt="gone")
    listener.receipt("gone")
    return {"bodies": [json.loads(body) for body in listener.bodies()], "errors": listener.of("ERROR")}


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps({"paces": paces, "refused": refused, "chat": chat}[given["act"]](given)), flush=True)

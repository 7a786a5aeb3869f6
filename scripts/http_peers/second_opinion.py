"""h11 and httptools, two other readers of HTTP, as second opinions.

Every request of the table goes to the server, to h11 and to httptools. What h11 refuses, the server must refuse; what
the server accepts, h11 must understand as the same method, target, fields and body; and where the server is the
stricter one, the table has the reason. httptools (llhttp) is the more lenient of the two, and its view is only printed:
what it refuses and the server accepts. Then h11, as a client, reads the server's answers of every kind.
"""

import base64
import collections
import concurrent.futures
import json
import socket

import h11
import httptools

from requests_table import LEADING, ROWS
from support import FOLDER, Server, check, equal, healthy, note, section, shorten

Message = collections.namedtuple("Message", "method target fields body")


def run():
    section("second opinions on requests")
    with Server(MIRROR="1", CONNECTIONS="200") as server:
        opinions(server)
        healthy_mirror(server)
    section("second opinions on answers")
    answers()


# MARK: Requests

def opinions(server):
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        asked = list(pool.map(lambda row: ask(server, row[1]), ROWS))
    stricter, lenient, differing = [], [], []
    for (name, raw, expected, *reason), (statuses, messages, trouble) in zip(ROWS, asked):
        wanted = expected if isinstance(expected, tuple) else (expected,)
        verdict, understood = ask_h11(raw)
        other = ask_httptools(raw)
        title = f"{name}: "
        if trouble:
            check(title + "an answer that h11 can read", False, "a well-formed answer", trouble)
            continue
        equal(title + f"{', '.join(map(str, wanted))}", tuple(statuses), wanted)
        # An answer is a message of the mirror if the server has understood the request.
        for number, message in enumerate(messages):
            if number < len(understood):
                equal(title + f"h11 understands request {number + 1} in the same way", normalised(message),
                      understood[number])
            elif name not in LEADING:
                check(title + f"what h11 refuses is refused (request {number + 1})", False,
                      f"a refusal, as h11's: {verdict}", message)
        if len(messages) > len(understood) and name in LEADING:
            lenient.append(f"{name}: {LEADING[name]}; h11 says: {verdict}")
        elif name in LEADING:
            check(title + "is listed as refused by h11", False, "h11 refuses it", verdict)
        if len(messages) < len(understood):
            stricter.append(f"{name}: {statuses[-1]}: {reason[0] if reason else 'no reason is listed'}")
            check(title + "the reason for being stricter is listed", bool(reason), "a reason", "none")
        elif reason:
            check(title + "is listed as stricter", False, "h11 understands it", verdict)
        if messages and other != "accepts":
            differing.append(f"{name}: {other}")
    note(f"{len(ROWS)} requests; the server understands {sum(bool(messages) for _, messages, _ in asked)} of them")
    for title, lines in [("stricter than h11", stricter), ("accepted where h11 refuses", lenient),
                         ("accepted where httptools refuses", differing)]:
        note(f"{title}: {len(lines)}")
        for line in lines:
            note("  " + line)




def normalised(message):
    """h11 gives the transfer coding in lower case."""
    fields = [(name, value.lower() if name == b"transfer-encoding" else value) for name, value in message.fields]
    return message._replace(fields=fields)


def healthy_mirror(server):
    statuses, messages, trouble = ask(server, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    equal("the server is healthy after all of them", (statuses, trouble), ([200], None))


def ask(server, raw):
    """Returns: the statuses of the answers; what the mirror has read; what is wrong with the answers, if anything."""
    data = b""
    with socket.create_connection(server.address, 10) as client:
        try:
            client.sendall(raw)
        except OSError:
            pass  # refused before it was all there
        client.settimeout(0.4)
        try:
            while piece := client.recv(65536):
                data += piece
        except TimeoutError:
            # Waiting for more: there is none.
            try:
                client.shutdown(socket.SHUT_WR)
                client.settimeout(5)
                while piece := client.recv(65536):
                    data += piece
            except TimeoutError:
                return [], [], "the connection stays open after its client has ended"
            except OSError as error:
                return [], [], f"{error} after {shorten(data)}"
        except OSError as error:
            return [], [], f"{error} after {shorten(data)}"
    try:
        found = read_answers(data, raw)
    except h11.ProtocolError as error:
        return [], [], f"{error}: {shorten(data)}"
    messages = []
    for status, _, body in found:
        if status == 200:
            if raw.startswith(b"HEAD"):
                messages += ask_h11(raw)[1]  # the answer has no body to compare
                continue
            content = json.loads(body)
            fields = [tuple(base64.b64decode(part) for part in field) for field in content["fields"]]
            messages.append(Message(content["method"].encode(), base64.b64decode(content["target"]),
                                    [(name.lower(), value) for name, value in fields],
                                    base64.b64decode(content["body"])))
    return [status for status, _, _ in found], messages, None


def read_answers(data, raw=b""):
    """Reads answers with h11 in the client's role.
    Returns: status, fields and body of each. Throws h11.ProtocolError for what is not well-formed."""
    found = []
    client = h11.Connection(h11.CLIENT)
    client.receive_data(data)
    client.receive_data(b"")
    while True:
        # The content of the request is of no matter, but whether it was HEAD is.
        method = b"HEAD" if raw.startswith(b"HEAD") else b"GET"
        client.send(h11.Request(method=method, target=b"/", headers=[(b"Host", b"a")]))
        client.send(h11.EndOfMessage())
        body = b""
        head = None
        while True:
            event = client.next_event()
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            elif isinstance(event, h11.ConnectionClosed):
                return found
        found.append((head.status_code, [(bytes(n), bytes(v)) for n, v in head.headers], body))
        if not client.trailing_data[0]:
            return found
        if client.our_state is h11.MUST_CLOSE:
            raise h11.RemoteProtocolError("something follows an answer that says it is the last")
        client.start_next_cycle()


def ask_h11(raw):
    """Returns: why h11 stopped, and the requests it has read to their end."""
    messages = []
    server = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    server.receive_data(raw)
    server.receive_data(b"")
    request, body = None, b""
    try:
        while True:
            event = server.next_event()
            if isinstance(event, h11.Request):
                request, body = event, b""
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                fields = [(bytes(name), bytes(value)) for name, value in request.headers]
                messages.append(Message(bytes(request.method), bytes(request.target), fields, body))
                # After a 200, what follows CONNECT would be another protocol's.
                status = 501 if request.method == b"CONNECT" else 200
                server.send(h11.Response(status_code=status, headers=[(b"content-length", b"0")]))
                server.send(h11.EndOfMessage())
                if server.our_state is not h11.DONE:
                    return "the end of the connection", messages
                server.start_next_cycle()
            elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return "the end", messages
    except h11.RemoteProtocolError as error:
        return str(error), messages


class Callbacks:
    def __init__(self):
        self.completed = 0

    def on_message_complete(self):
        self.completed += 1


def ask_httptools(raw):
    """Returns: "accepts", or why not."""
    callbacks = Callbacks()
    try:
        httptools.HttpRequestParser(callbacks).feed_data(raw)
    except httptools.HttpParserUpgrade:
        return "accepts"
    except httptools.HttpParserError as error:
        return "accepts" if callbacks.completed else f"{type(error).__name__}: {error}"
    return "accepts" if callbacks.completed else "waits for more"


# MARK: Answers

def exchange(address, raw):
    """Returns: what the server sends before it closes the connection."""
    data = b""
    with socket.create_connection(address, 20) as client:
        client.sendall(raw)
        while piece := client.recv(65536):
            data += piece
    return data


def answers():
    file = FOLDER / "answers.txt"
    file.write_bytes(b"All work and no play makes Jack a dull boy.\n" * 1000)
    form = (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n--b--\r\n')

    def raw(line, fields=b"", body=b"", version=b"HTTP/1.1"):
        if body:
            fields += b"Content-Length: %d\r\n" % len(body)
        return line + b" " + version + b"\r\nHost: a\r\nConnection: close\r\n" + fields + b"\r\n" + body

    cases = [
        ("text", raw(b"GET /"), 200, 13), ("HEAD", raw(b"HEAD /"), 200, 0), ("a client", raw(b"GET /client"), 200, 9),
        ("a wait", raw(b"GET /slow/20"), 200, 4), ("a stream of nothing", raw(b"GET /bytes/0"), 200, 0),
        ("chunks of nothing", raw(b"GET /bytes/0?chunked"), 200, 0),
        ("a stream", raw(b"GET /bytes/1000000"), 200, 1_000_000),
        ("chunks", raw(b"GET /bytes/1000000?chunked"), 200, 1_000_000),
        ("HEAD of a stream", raw(b"HEAD /bytes/1000000"), 200, 0),
        ("HEAD of chunks", raw(b"HEAD /bytes/10?chunked"), 200, 0),
        ("a stream in HTTP/1.0", raw(b"GET /bytes/100000?chunked", version=b"HTTP/1.0"), 200, 100_000),
        ("text in HTTP/1.0", raw(b"GET /", version=b"HTTP/1.0"), 200, 13),
        ("events", raw(b"GET /events/3"), 200, None),
        ("events in HTTP/1.0", raw(b"GET /events/3", version=b"HTTP/1.0"), 200, None),
        ("an upload", raw(b"PUT /upload", body=b"a" * 100_000), 200, None),
        ("an upload, asking first", raw(b"PUT /upload", b"Expect: 100-continue\r\n", b"a" * 100_000), 200, None),
        ("an echo", raw(b"POST /echo", body=b"echo"), 200, 4),
        ("a form", raw(b"POST /parts", b"Content-Type: multipart/form-data; boundary=b\r\n", form), 200, 6),
        ("a form that is none", raw(b"POST /parts", body=form), 415, None),
        ("a form that is cut short",
         raw(b"POST /parts", b"Content-Type: multipart/form-data; boundary=b\r\n", form[:40]), 400, None),
        ("a file", raw(b"GET /file"), 200, 44_000), ("HEAD of a file", raw(b"HEAD /file"), 200, 0),
        ("a file by gzip", raw(b"GET /file", b"Accept-Encoding: gzip\r\n"), 200, None),
        ("a file by gzip in HTTP/1.0", raw(b"GET /file", b"Accept-Encoding: gzip\r\n", version=b"HTTP/1.0"), 200, None),
        ("HEAD of a file by gzip", raw(b"HEAD /file", b"Accept-Encoding: gzip\r\n"), 200, 0),
        ("a part of a file", raw(b"GET /file", b"Range: bytes=5-9\r\n"), 206, 5),
        ("no part of a file", raw(b"GET /file", b"Range: bytes=50000-\r\n"), 416, None),
        ("a file that has not changed", raw(b"GET /file", b"If-None-Match: *\r\n"), 304, 0),
        ("HEAD of a file that has not changed", raw(b"HEAD /file", b"If-None-Match: *\r\n"), 304, 0),
        ("OPTIONS", raw(b"OPTIONS /"), 204, 0), ("OPTIONS *", raw(b"OPTIONS *"), 204, 0),
        ("another method", raw(b"DELETE /"), 405, None), ("another path", raw(b"GET /nowhere"), 404, None),
        ("HEAD of another path", raw(b"HEAD /nowhere"), 404, 0),
        ("a parameter that is no number", raw(b"GET /bytes/x"), 404, None),
        ("a body over the limit", raw(b"POST /echo", b"Content-Length: 20000000\r\n"), 413, None),
        ("a bad request", b"GET / HTTP/1.1\r\n\r\n", 400, None), ("HEAD, badly", b"HEAD / HTTP/1.1\r\n\r\n", 400, None),
        ("another version", raw(b"GET /", version=b"HTTP/2.0"), 505, None),
        ("a long target", raw(b"GET /" + b"a" * 9000), 414, None),
        ("a long field", raw(b"GET /", b"X: " + b"a" * 33000 + b"\r\n"), 431, None),
        ("another coding", raw(b"POST /echo", b"Transfer-Encoding: gzip\r\n"), 501, None),
        ("another expectation", raw(b"POST /echo", b"Expect: x\r\n", b"abc"), 417, None),
    ]
    with Server(FILE=str(file)) as server:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            late = pool.submit(exchange, server.address, b"GET / HTTP/1.1\r\nHo")
            slow = pool.submit(exchange, server.address, b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
            for name, request, status, length in cases:
                judge(name, exchange(server.address, request), request, status, length)
            judge("a header that does not come", late.result(), b"", 408, None)
            judge("a body that does not come", slow.result(), b"", 408, None)
        healthy("the server is healthy after all of them", server)
    with Server(CONNECTIONS="2") as server:
        with socket.create_connection(server.address), socket.create_connection(server.address):
            judge("too many connections", exchange(server.address, b""), b"", 503, None)


def judge(name, data, request, status, length):
    """An answer must be one answer, well-formed, and have what every answer has."""
    try:
        found = read_answers(data, request)
    except h11.ProtocolError as error:
        return check(f"{name}: h11 reads the answer", False, "a well-formed answer", f"{error}: {shorten(data)}")
    if [part[0] for part in found] != [status]:
        return equal(f"{name}: statuses", [part[0] for part in found], [status])
    (_, fields, body), = found
    names = [name for name, _ in fields]
    for field in (b"date", b"content-length", b"transfer-encoding", b"connection", b"content-type"):
        framing = field in (b"content-length", b"transfer-encoding")
        if names.count(field) > (0 if status in (204, 304) and framing else 1):
            check(f"{name}: {field.decode()} once at most, and not where there is no body", False, "1 or 0", fields)
    problem = status >= 400 and not request.startswith(b"HEAD")
    ok = b"date" in names and (length is None or len(body) == length) and (
        not problem or json.loads(body)["status"] == status)
    check(f"{name}: h11 reads the answer ({status})", ok,
          f"a date, {length} bytes of body, a problem's document for an error", (fields, len(body)))

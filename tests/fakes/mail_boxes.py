"""Mailboxes on loopback: just enough of IMAP and of POP3 for whoever reads one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

USER, PASSWORD = "bounces@studio.example", "a pass:word"


class Box:
    """What lies in the mailbox, and which of it was seen."""

    def __init__(self, *mails: bytes) -> None:
        self.mails: dict[int, bytes] = dict(enumerate(mails, 1))
        self.seen: set[int] = set()


class _Imap(StreamRequestHandler):
    box: Box

    def handle(self) -> None:
        self.say(b"* OK here")
        while line := self.rfile.readline():
            tag, _, asked = line.decode().strip().partition(" ")
            if not self.answer(asked):
                self.say(f"{tag} NO that is not possible".encode())
            else:
                self.say(f"{tag} OK done".encode())
            if asked.upper() == "LOGOUT":
                return

    def answer(self, asked: str) -> bool:
        words = asked.upper()
        if words == "CAPABILITY":
            self.say(b"* CAPABILITY IMAP4rev1")
        elif words.startswith("LOGIN"):
            return f'{USER} "{PASSWORD}"' in asked
        elif words.startswith("SELECT"):
            self.say(f"* {len(self.box.mails)} EXISTS".encode())
            return "INBOX" in words
        elif words == "UID SEARCH UNSEEN":
            unseen = sorted(set(self.box.mails) - self.box.seen)
            self.say(f"* SEARCH {' '.join(map(str, unseen))}".encode())
        elif words.startswith("UID FETCH"):
            found = re.search(r"FETCH (\d+) \(BODY.PEEK\[\]<0.(\d+)>\)", words)
            assert found
            mail = self.box.mails[int(found[1])][: int(found[2])]
            head = f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(mail)}}}\r\n"
            self.wfile.write(head.encode() + mail + b")\r\n")
        elif words.startswith("UID STORE"):
            self.box.seen.add(int(words.split()[2]))
        return True

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class _Pop(StreamRequestHandler):
    box: Box

    def handle(self) -> None:
        gone: set[int] = set()
        self.say("+OK here")
        while line := self.rfile.readline():
            verb, *given = line.decode().strip().split(" ")
            if verb == "PASS" and " ".join(given) != PASSWORD:
                self.say("-ERR no")
            elif verb == "STAT":
                self.say(f"+OK {len(self.box.mails)} 1000")
            elif verb == "TOP":
                self.say("+OK")
                mail = list(self.box.mails.values())[int(given[0]) - 1]
                for text in mail.split(b"\r\n")[: int(given[1])]:
                    self.wfile.write((b"." if text.startswith(b".") else b"") + text + b"\r\n")
                self.say(".")
            else:
                if verb == "DELE":
                    gone.add(list(self.box.mails)[int(given[0]) - 1])
                self.say("+OK")
                if verb == "QUIT":
                    for number in gone:
                        del self.box.mails[number]
                    return

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def served(scheme: str, box: Box) -> Iterator[str]:
    """The address of *box*, by "imap" or "pop3"."""
    kind = {"imap": _Imap, "pop3": _Pop}[scheme]
    handler: Callable[..., StreamRequestHandler] = type("Handler", (kind,), {"box": box})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        who = "bounces%40studio.example:a%20pass%3Aword"
        yield f"{scheme}://{who}@127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()

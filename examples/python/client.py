"""A terminal of the plain scheme: scans tickets with or without the platform, and reports who was let in.

client.py vectors DIR         compares with the test vectors
client.py scan BUNDLE CODE…   decides each code that a scanner read, one line each
client.py backfill BUNDLE     reports what still waits
"""
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from scheme import (ANY_TICKET_TYPE, RECORD, Refused, decode_code, decryption_order, load_json, load_public_key,
                    printed, shanghai_time, sign)
from vectors import check_vectors

class Terminal:
    """Keeps beside its bundle .keys, .records (a line each, oldest first), .sent (how many of them) and .refused."""

    def __init__(self, path):
        self.path, self.bundle = path, load_json(read(path))
        self.key = load_pem_private_key(self.bundle["PrivateKey"].encode(), None)
        self.tls = ssl.create_default_context(cadata=self.bundle["CaCertificate"])  # trusts this CA and no other
        self.cinema = self.bundle["CinemaCodes"][0]
        *lines, torn = read(path + ".records").split("\n")
        if torn:  # by a power cut: its guest got no answer
            replace(path + ".records", "".join(line + "\n" for line in lines))
        self.records = [load_json(line) for line in lines]

    def ask(self, api, query):
        """Answers ReplyData. `query` is the text of QueryData: what is signed is what is sent."""
        head = {"Version": "1.0", "Datetime": shanghai_time(), "Username": self.bundle["Username"], "Api": api}
        head["Signature"] = sign(self.key, "".join(head.values()) + query)
        body = json.dumps(head, ensure_ascii=False)[:-1] + ', "QueryData": ' + query + "}"
        try:
            try:
                reply = urllib.request.urlopen(self.bundle["Url"], body.encode(), timeout=5, context=self.tls)
            except urllib.error.HTTPError as error:
                reply = error  # an error keeps the envelope
            data = load_json(reply.read())["ReplyData"]
        except (OSError, ValueError, KeyError) as error:
            raise Refused("NO_ANSWER", str(error)) from error
        if "ErrorCode" in data and "ReportResult" not in data:
            raise Refused(data["ErrorCode"], data.get("ErrorMessage"))
        return data

    def keys(self, most_seconds):
        """The cinema's keys, asked for again if they were received longer ago than this."""
        path = self.path + ".keys"
        if not os.path.exists(path) or time.time() - os.path.getmtime(path) > most_seconds:
            try:
                reply = self.ask("GetPublicKeys", json.dumps({"CinemaCode": self.cinema}))["PublicKeys"]
                if usable_keys(reply):  # an empty or unusable reply changes nothing
                    replace(path, json.dumps(reply))
            except Refused as refused:  # those received before stay in use
                if most_seconds == 0:
                    raise Refused("KEYS_PENDING") from refused
        keys = usable_keys(load_json(read(path) or "[]"))
        if not keys:
            raise Refused("KEYS_UNAVAILABLE")
        return keys

    def complete(self, record):
        """Fills in what the code does not contain, and answers what the platform knows of the ticket."""
        names = ("CinemaCode", "FilmTicketCode", "StartTime")
        try:
            ticket = self.ask("GetTicketInfo", json.dumps(dict(zip(names, (self.cinema, *identity(record))))))
        except Refused as refused:
            if refused.code != "TICKET_NOT_FOUND":
                raise
            ticket = {}
        for name in RECORD:
            if record[name] in ("", "0", "0.00") and isinstance(ticket.get(name), str):
                record[name] = ticket[name]
        record["TicketType"] = record["TicketType"] or ANY_TICKET_TYPE
        return ticket

    def scan(self, code):
        """Answers the record of a guest who may go in; raises Refused with the verdict for others."""
        if len(code) >= 180 and not code.startswith(self.cinema):
            raise Refused("WRONG_CINEMA")
        try:
            fields = decode_code(code, self.keys(30 * 60))  # 5.1.5
        except Refused as refused:
            if refused.code != "CODE_NOT_GENUINE":
                raise
            fields = decode_code(code, self.keys(0))  # the cinema may have a new Ukey
        known = {**fields, "TicketInfoCode": code, "CheckTime": shanghai_time()}
        record = {name: known.get(name, "") for name in RECORD}
        if record["StartTime"] > shanghai_time(60):
            raise Refused("TOO_EARLY")
        if record["StartTime"] < shanghai_time(-120):
            raise Refused("EXPIRED")
        try:
            ticket = self.complete(record)
        except Refused:
            ticket = {}  # nobody to ask: the terminal decides by itself
        if ticket.get("RefundStatus") == "Yes":
            raise Refused("REFUNDED")
        if ticket.get("CheckStatus") == "Yes" or identity(record) in map(identity, self.records):
            raise Refused("ALREADY_ENTERED")
        append(self.path + ".records", printed(record) + "\n")  # on the disk before the gate opens
        self.records.append(record)
        return record

    def report(self):
        """Sends what waits, oldest first, and answers how many records still wait."""
        at = sent = int(read(self.path + ".sent") or 0)
        size = 100  # the scheme allows 1000; fewer are answered within the timeout
        while at < len(self.records):
            batch = self.records[at:at + size]
            try:
                accepted = self.send(batch)
            except Refused as refused:
                print(f"{refused.code}: {refused.detail}", file=sys.stderr)
                break  # the line, the account or the platform is at fault: everything is kept and sent again
            if accepted:
                # Those before it that it refused one by one are at fault themselves: a person has to look at them.
                for record in self.records[sent:at]:
                    append(self.path + ".refused", printed(record) + "\n")
                at = sent = at + len(batch)
                replace(self.path + ".sent", str(sent))
                size = 100
            elif len(batch) > 1:
                size = len(batch) // 2  # nothing of it was kept: look for the record at fault
            else:
                at += 1
        return len(self.records) - sent

    def send(self, batch):
        for record in batch:
            if record["TicketType"] == "":  # of a guest let in while nobody could be asked
                try:
                    self.complete(record)
                except Refused as refused:
                    if refused.code == "NO_ANSWER":
                        raise
                    record["TicketType"] = ANY_TICKET_TYPE  # the platform cannot ask either, but takes records
        query = f'{{"CinemaCode": "{self.cinema}", "CheckTickets": [{", ".join(map(printed, batch))}]}}'
        return self.ask("ReportOriginalCheckTickets", query)["ReportResult"] in (True, "true")


def identity(record):
    return record["FilmTicketCode"], record["StartTime"]


def usable_keys(listed):
    usable = []
    for key in decryption_order(listed, shanghai_time()):
        try:
            usable.append(load_public_key(key["PublicKey"]))
        except ValueError:
            pass  # one bad key does not take the others away
    return usable


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def append(path, text, mode="a"):
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # it outlives a power cut


def replace(path, text):
    append(path + ".new", text, "w")
    os.replace(path + ".new", path)


def main(command, path, *codes):
    if command == "vectors":
        return 0 if check_vectors(path) else 1
    terminal = Terminal(path)
    for code in codes:
        try:
            record = terminal.scan(code)
            print("ADMIT", record["FilmTicketCode"], "asked" if record["TicketType"] else "offline")
        except Refused as refused:
            print("REFUSE", refused.code)
    waiting = terminal.report()
    print(waiting, "waiting")
    return 0 if waiting == 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 2 else __doc__)

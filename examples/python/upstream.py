"""What a terminal asks the platform above it: a third-party platform or the national one, with the same three Apis."""
import json
import os
import ssl
import time
import urllib.error
import urllib.request
from http.client import HTTPException

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from scheme import (ANY_TICKET_TYPE, RECORD, Refused, decryption_order, load_json, load_public_key, printed,
                    shanghai_time, sign)

UNKNOWN_TICKET = {"RefundStatus": "No", "CheckStatus": "No"}  # where nobody answers, or knows the ticket


class Upstream:
    """The platform above, with what its bundle says. What it refuses is raised as Refused."""

    def __init__(self, path):
        self.path, self.bundle = path, json.loads(read(path))
        self.key = load_pem_private_key(self.bundle["PrivateKey"].encode(), None)
        self.tls = ssl.create_default_context(cadata=self.bundle["CaCertificate"])  # trusts this CA and no other
        self.cinema = self.bundle["CinemaCodes"][0]

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
            data = dict(load_json(reply.read())["ReplyData"])
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            raise Refused("NO_ANSWER", str(error)) from error
        if "ErrorCode" in data and "ReportResult" not in data:
            raise Refused(data["ErrorCode"], data.get("ErrorMessage"))
        return data

    def keys(self, most_seconds):
        """The cinema's keys, asked for again if they were received longer ago than this."""
        path = self.path + ".keys"
        if not os.path.exists(path) or time.time() - os.path.getmtime(path) > most_seconds:
            try:
                reply = self.ask("GetPublicKeys", json.dumps({"CinemaCode": self.cinema})).get("PublicKeys", [])
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
        query = {"CinemaCode": self.cinema, "FilmTicketCode": record["FilmTicketCode"], "StartTime": record["StartTime"]}
        try:
            ticket = self.ask("GetTicketInfo", json.dumps(query))
        except Refused as refused:
            if refused.code != "TICKET_NOT_FOUND":
                raise
            ticket = UNKNOWN_TICKET
        for name in RECORD:
            if record[name] in ("", "0", "0.00") and isinstance(ticket.get(name), str):
                record[name] = ticket[name]
        record["TicketType"] = record["TicketType"] or ANY_TICKET_TYPE
        return ticket

    def send(self, batch):
        """Reports records, completed, and answers whether all of them were taken."""
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

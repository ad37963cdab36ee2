"""A terminal of the plain scheme: scans tickets with or without the platform, and reports who was let in.

client.py vectors DIR         compares with the test vectors
client.py scan BUNDLE CODE…   decides each code that a scanner read, one line each
client.py backfill BUNDLE     reports what still waits
"""
import sys

from scheme import RECORD, Refused, decode_code, load_json, printed, shanghai_time
from upstream import UNKNOWN_TICKET, Upstream, append, read, replace
from vectors import check_vectors


class Terminal:
    """Keeps beside its bundle .keys, .records (a line each, oldest first), .sent (how many of them) and .refused."""

    def __init__(self, path):
        self.path, self.upstream = path, Upstream(path)
        *lines, torn = read(path + ".records").split("\n")
        if torn:  # by a power cut: its guest got no answer
            replace(path + ".records", "".join(line + "\n" for line in lines))
        self.records = [load_json(line) for line in lines]

    def scan(self, code):
        """Answers the record of a guest who may go in; raises Refused with the verdict for others."""
        if len(code) >= 180 and not code.startswith(self.upstream.cinema):
            raise Refused("WRONG_CINEMA")
        try:
            fields = decode_code(code, self.upstream.keys(30 * 60))  # 5.1.5
        except Refused as refused:
            if refused.code != "CODE_NOT_GENUINE":
                raise
            fields = decode_code(code, self.upstream.keys(0))  # the cinema may have a new Ukey
        known = {**fields, "TicketInfoCode": code, "CheckTime": shanghai_time()}
        record = {name: known.get(name, "") for name in RECORD}
        if record["StartTime"] > shanghai_time(60):
            raise Refused("TOO_EARLY")
        if record["StartTime"] < shanghai_time(-120):
            raise Refused("EXPIRED")
        try:
            ticket = self.upstream.complete(record)
        except Refused:
            ticket = UNKNOWN_TICKET  # nobody to ask: the terminal decides by itself
        refund_status, check_status = ticket.get("RefundStatus"), ticket.get("CheckStatus")
        if refund_status == "Yes":
            raise Refused("REFUNDED")
        if check_status == "Yes" or identity(record) in map(identity, self.records):
            raise Refused("ALREADY_ENTERED")
        # Missing, or a word that the scheme does not name: staff has to ask.
        if refund_status != "No":
            raise Refused("REFUND_UNKNOWN")
        if check_status != "No":
            raise Refused("CHECK_UNKNOWN")
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
                accepted = self.upstream.send(batch)
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


def identity(record):
    return record["FilmTicketCode"], record["StartTime"]


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

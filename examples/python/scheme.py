"""Ticket info codes, signatures and check records of the scheme (第三方检票平台技术方案)."""
import base64
import hashlib
import json
import re
from datetime import datetime, timedelta, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

CODE = re.compile(r"[!#-&(-\[\]-_a-~]+")  # printable ASCII without space, quotes and backslash
FIELDS = {"FilmTicketCode": 16, "ScreenCode": 16, "FilmCode": 12, "SessionCode": 16, "StartTime": 19, "SeatCode": 16,
          "Price": 6, "Service": 6}
DIGEST_INFO_OF_MD5 = bytes.fromhex("3020300c06082a864886f70d020505000410")


class Refused(Exception):
    """A ticket or a request is refused: with a verdict or an error's code (docs/protocol.md), and a detail."""

    def __init__(self, code, detail=""):
        super().__init__(f"{code} {detail}")
        self.code, self.detail = code, detail


# RSA: ticket codes and signatures are PKCS #1 blocks of type 1, made with a private key and opened with its public key.

def seal_block(key, payload):
    # `cryptography` wraps what it signs in a DigestInfo; the scheme's usual payload is 32 bare hex digits.
    numbers, size = key.private_numbers(), key.key_size // 8
    block = b"\0\1" + b"\xff" * (size - 3 - len(payload)) + b"\0" + payload
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


def open_block(keys, block):
    """The payload, opened with the first key that fits, or None."""
    for key in keys:
        try:
            return key.recover_data_from_signature(block or b"", PKCS1v15(), None)
        except InvalidSignature:
            pass
    return None


def load_public_key(text):
    """Reads Base64 of the DER form, also in PEM armour. Raises ValueError."""
    key = load_der_public_key(base64.b64decode(re.sub(r"-----[^-]+-----|\s", "", text)))
    # Under a small exponent anybody can forge a block: it contains no hash.
    if not isinstance(key, RSAPublicKey) or key.key_size < 1024 or key.public_numbers().e < 65537:
        raise ValueError("not a usable RSA key")
    return key


def decryption_order(keys, now):
    """Those that have started, newest first; then announced ones, since a box office may be minutes ahead."""
    keys = sorted(keys, key=lambda key: key["StartTime"])
    started = [key for key in keys if key["StartTime"] <= now]
    return started[::-1] + keys[len(started):]


def decode_base64(text):
    """The bytes, or None: a lenient decoder would take several texts for the same bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


# Ticket info codes (5.1.2): 8 characters in clear, then Base64 of one block with the other 107 bytes.

def decode_code(text, keys):
    """The fields of a genuine code. Raises Refused with a code that begins with CODE_."""
    if not 180 <= len(text) <= 2740 or len(text) % 4 != 0:
        raise Refused("CODE_LENGTH")
    cinema, rest = text[:8], text[8:]
    folded = rest in (rest.upper(), rest.lower())  # by an input method or a keyboard setting
    if folded or not CODE.fullmatch(cinema) or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", rest):
        raise Refused("CODE_ALPHABET")
    block = decode_base64(rest)
    if block is None or len(block) < 128:
        raise Refused("CODE_BASE64")
    message = open_block(keys, block)
    if message is None:
        caps_lock = open_block(keys, decode_base64(rest.swapcase())) is not None
        raise Refused("CODE_ALPHABET" if caps_lock else "CODE_NOT_GENUINE")
    return {"CinemaCode": cinema, **read_fields(message)}


def read_fields(message):
    """The block contains no hash, so it is genuine only if every field has its form."""
    if len(message) != 107:
        raise Refused("CODE_FIELD", "the content")
    fields, at = {}, 0
    for name, length in FIELDS.items():
        # Filled up with NUL bytes or spaces. Never strip the character 0: codes end in it.
        value = message[at:at + length].decode("latin1").rstrip("\0 ")
        at += length
        if name in ("Price", "Service"):
            well_formed = re.fullmatch("[ -~]*", value)  # a malformed amount leaves the ticket valid
        else:
            well_formed = is_time(value) if name == "StartTime" else CODE.fullmatch(value)
        if not well_formed:
            raise Refused("CODE_FIELD", name)
        fields[name] = value.ljust(length, "0") if name.endswith("Code") else value  # JSON has codes in full length
    return fields


def is_time(text):
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").isoformat() == text
    except ValueError:
        return False


def shanghai_time(minutes_from_now=0):
    """Every time of the scheme is the wall clock of Shanghai, whatever the zone of the machine."""
    now = datetime.now(timezone(timedelta(hours=8))) + timedelta(minutes=minutes_from_now)
    return now.strftime("%Y-%m-%dT%H:%M:%S")


# Signatures (6.5.2.5): over Version + Datetime + Username + Api + QueryData, without separators.

def payload_of(text, form):
    md5 = hashlib.md5(text.encode())
    return {"hex": md5.hexdigest().encode(), "HEX": md5.hexdigest().upper().encode(), "raw": md5.digest(),
            "digest-info": DIGEST_INFO_OF_MD5 + md5.digest()}[form]


def sign(key, text, form="hex"):
    return base64.b64encode(seal_block(key, payload_of(text, form))).decode()


# Check records (6.6.2): what one contains, in this order; numbers with their decimals.
RECORD = ("TicketInfoCode CheckTime ScreenCode ScreenName FilmCode FilmName SessionCode StartTime TicketType "
          "FilmTicketCode RowNum ColumnNum Price Service").split()
ANY_TICKET_TYPE = "网络售票"  # of tickets of which nothing is known: it may not be empty
DECIMALS = {"RowNum": 0, "ColumnNum": 0, "Price": 2, "Service": 2}


def printed(record):
    """A line of JSON. Amounts have two decimals, which json.dumps would not keep."""
    return "{" + ", ".join(f'"{name}": {value_of(name, record[name])}' for name in RECORD) + "}"


def value_of(name, value):
    if name not in DECIMALS:
        return json.dumps(value, ensure_ascii=False)
    number = float(value) if re.fullmatch(r"\d+(\.\d+)?", value) else 0  # a ticket code may have a malformed amount
    return f"{number:.{DECIMALS[name]}f}"


def load_json(text):
    return json.loads(text, parse_int=str, parse_float=str)  # numbers stay as they were written

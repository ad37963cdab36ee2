"""Verifies signatures, as a server does, and compares all of it with the test vectors."""
import functools
import json
import re

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from scheme import Refused, decode_base64, decode_code, decryption_order, open_block, payload_of, sign

CODE_FIELDS = ("cinemaCode filmTicketCode screenCode filmCode sessionCode startTime seatCode "
               "priceText serviceText").split()


def verifies(key, body):
    """Over QueryData as its characters are in the body: parsed and printed again, 45.00 is 45.0."""
    request, raw = json.loads(body), raw_elements(body)
    head = raw["Version"].strip('"') + request["Datetime"] + request["Username"] + request["Api"]
    compact = re.sub(r'("(?:[^"\\]|\\.)*")|\s+', r"\1", raw["QueryData"])  # signed compact, sent with white space
    block = decode_base64(re.sub(r"[\r\n]", "", request["Signature"]))
    payload = open_block([key], block)
    return any(payload == payload_of(head + query, form)
               for query in (raw["QueryData"], compact) for form in ("hex", "HEX", "raw", "digest-info"))


def raw_elements(body):
    """The elements of an object, each as its characters in the body."""
    decoder, skip, elements, at = json.JSONDecoder(), re.compile(r"[\s,:]*"), {}, body.index("{") + 1
    while body[at := skip.match(body, at).end()] != "}":
        name, at = decoder.raw_decode(body, at)
        start = skip.match(body, at).end()
        _, at = decoder.raw_decode(body, start)
        elements[name] = body[start:at]
    return elements


def check_vectors(directory):
    """Prints how many cases of each file come out as expected, and answers whether all do."""
    @functools.cache
    def private_key(name):
        with open(f"{directory}/test-keys/{name}.pem", "rb") as file:
            return load_pem_private_key(file.read(), None)

    def check_code(case):
        try:
            fields = decode_code(case["code"], [private_key(name).public_key() for name in case["keys"]])
        except Refused as refused:
            return (refused.code, refused.detail) == (case.get("error"), case.get("field", ""))
        return "error" not in case and list(fields.values()) == [case["expected"][name] for name in CODE_FIELDS]

    def check_signature(case):
        asked = case.get("sign")
        if asked and sign(private_key(asked["key"]), asked["text"], asked["form"]) != asked["signature"]:
            return False
        return verifies(private_key(case["key"]).public_key(), case["body"]) == case["valid"]

    def check_order(case):
        keys = [{"StartTime": start_time} for start_time in case["startTimes"]]
        return [key["StartTime"] for key in decryption_order(keys, case["now"])] == case["order"]

    every_one = True
    for name, check in [("ticket-codes", check_code), ("signatures", check_signature), ("key-order", check_order)]:
        with open(f"{directory}/{name}.json", encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        wrong = [case["name"] for case in cases if not check(case)]
        print(f"{name}: {len(cases) - len(wrong)} of {len(cases)}", *wrong, sep="\n  wrong: ")
        every_one = every_one and not wrong
    return every_one

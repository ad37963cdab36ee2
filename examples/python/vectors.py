"""Compares scheme.py with the test vectors."""
import functools
import json

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from scheme import Refused, decode_code, decryption_order, sign, verifies

CODE_FIELDS = ("cinemaCode filmTicketCode screenCode filmCode sessionCode startTime seatCode "
               "priceText serviceText").split()


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

#!/usr/bin/env bash
# Makes ticket-codes.json, signatures.json, public-keys.json, check-record-hashes.json, e-tickets.json and sm2.json with the
# OpenSSL command line alone, so that they witness the scheme independently of any implementation. Run again, it gives the
# same files byte for byte: PKCS#1 v1.5 type-1 blocks and Ed25519 signatures hold nothing random. SM2 signatures do, so
# sm2.json is made only where it is missing. The keys are test keys, made once; a missing one is made again.
#
# Needs bash, openssl 3, sed, tr, od, head, cut. Usage: vectors/make-with-openssl.sh
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")"
keys=test-keys
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# ---------------------------------------------------------------- keys

rsa_key() { # name bits [exponent]
  [ -e "$keys/$1.pem" ] || openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" \
    -pkeyopt "rsa_keygen_pubexp:${3:-65537}" -out "$keys/$1.pem"
}

mkdir -p "$keys"
rsa_key cinema-1024 1024
rsa_key cinema-1024-next 1024
rsa_key cinema-2048 2048
rsa_key other-cinema-1024 1024
rsa_key account-2048 2048
rsa_key account-1024 1024
rsa_key other-account-2048 2048
rsa_key exponent-3 1024 3
rsa_key bits-512 512
for name in e-ticket-ed25519 other-e-ticket-ed25519; do
  [ -e $keys/$name.pem ] || openssl genpkey -quiet -algorithm ED25519 -out $keys/$name.pem
done
[ -e $keys/ec-p256.pem ] || openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $keys/ec-p256.pem
for name in account-sm2 other-account-sm2; do
  [ -e $keys/$name.pem ] || openssl genpkey -quiet -algorithm SM2 -out $keys/$name.pem
done
[ -e $keys/cinema-2048.cert.pem ] || openssl req -new -x509 -key $keys/cinema-2048.pem -days 36500 \
  -subj '/CN=Test cinema 31010001' -out $keys/cinema-2048.cert.pem

# ---------------------------------------------------------------- writing JSON

json() { # text → JSON string
  local s=${1//\\/\\\\}
  s=${s//\"/\\\"}
  s=${s//$'\n'/\\n}
  s=${s//$'\r'/\\r}
  s=${s//$'\t'/\\t}
  printf '"%s"' "$s"
}
list() { # text… → JSON list of strings
  local separator=
  printf '['
  for text in "$@"; do
    printf '%s' "$separator"
    json "$text"
    separator=', '
  done
  printf ']'
}
begin() { # file, what it holds
  out=$1
  first=1
  printf '{\n  "what": %s,\n  "cases": [' "$(json "$2")" >"$out"
}
emit() { # one case, as JSON
  [ $first = 1 ] && first=0 || printf ',' >>"$out"
  printf '\n    %s' "$1" >>"$out"
}
end() { printf '\n  ]\n}\n' >>"$out"; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
base64_line() { openssl base64 -A; }

# ---------------------------------------------------------------- ticket codes

# Scheme 5.1.2, table 1: a field shorter than its length is filled at the end, with NUL unless told otherwise.
field() { # text length [fill]
  printf '%s' "$1"
  local missing=$(($2 - ${#1}))
  [ $missing -le 0 ] || head -c $missing /dev/zero | tr '\0' "${3:-\\0}"
}
message() { # film-ticket screen film session start seat price service [fill]
  field "$1" 16 "${9:-}"
  field "$2" 16 "${9:-}"
  field "$3" 12 "${9:-}"
  field "$4" 16 "${9:-}"
  field "$5" 19 "${9:-}"
  field "$6" 16 "${9:-}"
  field "$7" 6 "${9:-}"
  field "$8" 6 "${9:-}"
}
# `rsautl -sign` is old, and the only command that signs 107 bytes as they are; `pkeyutl -sign` takes up to 64.
block() { # key; the message on standard input
  cat >"$work/message"
  openssl rsautl -sign -pkcs -inkey "$keys/$1.pem" -in "$work/message" -out "$work/block" 2>"$work/errors" || {
    cat "$work/errors" >&2
    return 1
  }
  base64_line <"$work/block"
}
raw_block() { # key; a whole block, padding included, on standard input
  cat >"$work/message"
  openssl pkeyutl -decrypt -inkey "$keys/$1.pem" -pkeyopt rsa_padding_mode:none -in "$work/message" | base64_line
}
zeros() { # text length: filled with the character 0, as the JSON messages have it
  local s=$1
  while [ ${#s} -lt "$2" ]; do s=${s}0; done
  printf '%s' "$s"
}
fen() { # 030.00 → 3000
  local digits=${1/./}
  printf '%d' "$((10#$digits))"
}

cinema=31010001
# A genuine code. With `both` the vector also says what to encode to get exactly this code.
genuine() { # name direction keys key film-ticket screen film session start seat price service [fill]
  local name=$1 direction=$2 ring=$3 key=$4
  shift 4
  local code price=null service=null encode=
  code=$cinema$(message "$@" | block "$key")
  [[ $7 =~ ^[0-9]{1,3}\.[0-9]{2}$ ]] && price=$(fen "$7")
  [[ $8 =~ ^[0-9]{1,3}\.[0-9]{2}$ ]] && service=$(fen "$8")
  if [ "$direction" = both ]; then
    encode=$(printf ', "encode": {"key": "%s", "cinemaCode": "%s", "filmTicketCode": %s, "screenCode": %s, "filmCode": %s, "sessionCode": %s, "startTime": "%s", "seatCode": %s, "priceFen": %s, "serviceFen": %s}' \
      "$key" $cinema "$(json "$1")" "$(json "$2")" "$(json "$3")" "$(json "$4")" "$5" "$(json "$6")" $price $service)
  fi
  emit "$(printf '{"name": %s, "keys": %s, "code": "%s", "messageHex": "%s", "expected": {"key": "%s", "cinemaCode": "%s", "filmTicketCode": %s, "screenCode": %s, "filmCode": %s, "sessionCode": %s, "startTime": "%s", "seatCode": %s, "priceFen": %s, "priceText": %s, "serviceFen": %s, "serviceText": %s}%s%s}' \
    "$(json "$name")" "$(list $ring)" "$code" "$(message "$@" | hex)" "$key" $cinema \
    "$(json "$(zeros "$1" 16)")" "$(json "$(zeros "$2" 16)")" "$(json "$(zeros "$3" 12)")" "$(json "$(zeros "$4" 16)")" "$5" "$(json "$(zeros "$6" 16)")" \
    $price "$(json "$7")" $service "$(json "$8")" "$encode" "${more:-}")"
}
refused() { # name error keys code [more members]
  emit "$(printf '{"name": %s, "keys": %s, "code": %s, "error": "%s"%s}' "$(json "$1")" "$(list $3)" "$(json "$4")" "$2" "${5:-}")"
}
# A text is put together of texts (`=text`) and slices of a whole one (`from:to`), with characters exchanged (`from:to:these:those`).
made() { # whole part…
  local part from to these those
  for part in "${@:2}"; do
    IFS=: read -r from to these those <<<"$part"
    case $part in
      =*) printf %s "${part:1}" ;;
      *) printf %s "${1:from:${to:-${#1}}-from}" | tr "${these:-A}" "${those:-A}" ;;
    esac
  done
}
parts() { # part… → JSON
  local part from to these those separator=
  for part in "$@"; do
    IFS=: read -r from to these those <<<"$part"
    printf %s "$separator"
    separator=', '
    case $part in
      =*) json "${part:1}" ;;
      *) printf '[%s, %s%s]' "$from" "${to:-null}" "${these:+, $(json "$these"), $(json "$those")}" ;;
    esac
  done
}
changed() { # name error keys key whole part…
  refused "$1" "$2" "$3" "$(made "${@:5}")" "$(printf ', "of": {"key": "%s", "parts": [%s]}' "$4" "$(parts "${@:6}")")"
}
not_at_a_door() { # why a terminal cannot be shown this
  printf ', "notAtADoor": %s' "$(json "$1")"
}
out_of_form() { # name field key more; the message on standard input
  local code
  code=$cinema$(block "$3")
  emit "$(printf '{"name": %s, "keys": ["%s"], "code": "%s", "messageHex": "%s", "error": "CODE_FIELD", "field": %s}' \
    "$(json "$1")" "$3" "$code" "$(hex <"$work/message")" "$(json "$2")${4-}")"
}

first_bytes() { # count; reads everything first, so that the writer is not cut off
  cat >"$work/whole"
  head -c "$1" "$work/whole"
}

begin ticket-codes.json "Ticket info codes (scheme 5.1.2): what each decodes to with the keys given, in that order, or the error code"
screen=0000000000000007 film=001102582019 session=3101000120261124 start=2026-11-24T19:30:00
genuine 'RSA-1024, 180 characters' both cinema-1024 cinema-1024 3101000100000795 $screen $film $session $start 0000000000000795 045.00 002.00
genuine 'RSA-2048, 352 characters' both cinema-2048 cinema-2048 3101000100000796 $screen $film $session $start 0000000000000796 045.00 002.00
genuine 'short fields filled with NUL' both cinema-1024 cinema-1024 T0001 S7 $film 1930 $start A12 045.00 002.00
genuine 'short fields filled with NUL, RSA-2048' both cinema-2048 cinema-2048 T0001 S7 $film 1930 $start A12 045.00 002.00
genuine 'the character 0 at the end of a code stays, NUL after it goes' both cinema-1024 cinema-1024 T1000 S70 00110258 1000 $start A10 120.50 000.00
genuine 'short fields filled with spaces' decode cinema-1024 cinema-1024 T0002 S7 $film 1930 $start A12 045.00 002.00 ' '
genuine 'seat code with _ and #' both cinema-1024 cinema-1024 3101000100000797 $screen $film $session $start '00000401_##8_##9' 045.00 002.00
genuine 'seat code with letters' both cinema-1024 cinema-1024 3101000100000798 $screen $film $session $start 39211912080L28RL 045.00 002.00
genuine 'price malformed in a genuine code: 10000.' decode cinema-1024 cinema-1024 3101000100000799 $screen $film $session $start 0000000000000799 10000. 002.00
genuine 'price malformed in a genuine code: letters' decode cinema-1024 cinema-1024 3101000100000799 $screen $film $session $start 0000000000000799 free 002.00
genuine 'price with fewer digits, filled with NUL' decode cinema-1024 cinema-1024 3101000100000800 $screen $film $session $start 0000000000000800 45.00 0.00
genuine 'service empty' decode cinema-1024 cinema-1024 3101000100000801 $screen $film $session $start 0000000000000801 045.00 ''
genuine 'free of charge' both cinema-1024 cinema-1024 3101000100000802 $screen $film $session $start 0000000000000802 000.00 000.00
genuine 'the highest price' both cinema-1024 cinema-1024 3101000100000803 $screen $film $session $start 0000000000000803 999.99 999.99
more=$(not_at_a_door 'it is for a session of 29 February 2028') genuine 'leap day, midnight' both cinema-1024 cinema-1024 3101000100000804 $screen $film $session 2028-02-29T00:00:00 0000000000000804 045.00 002.00
genuine 'the second of two keys fits' decode 'cinema-1024-next cinema-1024' cinema-1024 3101000100000805 $screen $film $session $start 0000000000000805 045.00 002.00
genuine 'keys of two lengths' decode 'cinema-2048 cinema-1024' cinema-1024 3101000100000806 $screen $film $session $start 0000000000000806 045.00 002.00

good=$cinema$(message 3101000100000795 $screen $film $session $start 0000000000000795 045.00 002.00 | block cinema-1024)
good2048=$cinema$(message 3101000100000796 $screen $film $session $start 0000000000000796 045.00 002.00 | block cinema-2048)
upper=ABCDEFGHIJKLMNOPQRSTUVWXYZ lower=abcdefghijklmnopqrstuvwxyz
of_1024() { changed "$1" "$2" cinema-1024 cinema-1024 "$good" "${@:3}"; } # name error part…
of_2048() { changed "$1" "$2" cinema-2048 cinema-2048 "$good2048" "${@:3}"; }
scanner=$(not_at_a_door 'a terminal may take off what its scanner adds, and take joined reads apart')
of_1024 'empty' CODE_LENGTH =
for length in 1 7 8 9 90 172 176 177 178 179; do
  of_1024 "cut after $length characters" CODE_LENGTH 0:$length
done
for length in 351 350 349; do
  of_2048 "RSA-2048 cut after $length characters" CODE_LENGTH 0:$length
done
of_1024 '1 character too many' CODE_LENGTH 0: =A
of_1024 '2 characters too many' CODE_LENGTH 0: =AA
of_1024 '3 characters too many' CODE_LENGTH 0: =AAA
of_1024 '4 characters too many, after the padding' CODE_ALPHABET 0: =AAAA
refused 'read twice in one go' CODE_ALPHABET cinema-1024 "$good$good" "$scanner"
refused 'line feed at the end' CODE_LENGTH cinema-1024 "$good"$'\n' "$scanner"
refused 'ECI prefix \000026' CODE_LENGTH cinema-1024 "\\000026$good" "$scanner"
of_1024 'longer than any key makes' CODE_LENGTH 0: "=$(zeros '' 2564)"
of_1024 'a bare film ticket code' CODE_LENGTH =3101000100000795
of_1024 'a web address' CODE_LENGTH =https://example.test/t/3101000100000795
of_1024 'space in the cinema code' CODE_ALPHABET 0:4 '= ' 5:
of_1024 'quote in the cinema code' CODE_ALPHABET 0:4 '="' 5:
of_1024 'full-width digit in the cinema code' CODE_ALPHABET 0:4 =０ 5:
of_1024 'URL-safe Base64 (- and _)' CODE_ALPHABET 0::+/:-_
of_2048 'URL-safe Base64 (- and _), RSA-2048' CODE_ALPHABET 0::+/:-_
of_1024 'space in the encrypted part' CODE_ALPHABET 0:90 '= ' 91:
of_1024 'padding in the middle' CODE_ALPHABET 0:90 == 91:
of_1024 'all letters upper case' CODE_ALPHABET 0::$lower:$upper
of_1024 'all letters lower case' CODE_ALPHABET 0::$upper:$lower
of_1024 'trailing bits that are not zero' CODE_BASE64 0:178 178:179:AEIMQUYcgkosw048:BFJNRVZdhlptx159 179:
of_2048 'trailing bits that are not zero, RSA-2048' CODE_BASE64 0:349 349:350:AQgw:BRhx 350:
of_1024 'two padding characters where one belongs' CODE_BASE64 0:178 ===
of_1024 'no padding where one character belongs' CODE_NOT_GENUINE 0:179 =A
# With caps lock on, what Base64 demands of the last character tells some codes already; for the rest, a key fits once
# the letters are swapped back.
serial=900
unset caps_digit caps_letter
while [ -z "${caps_digit:-}" ] || [ -z "${caps_letter:-}" ]; do
  code=$cinema$(message 3101000100000$serial $screen $film $session $start 0000000000000$serial 045.00 002.00 | block cinema-1024)
  [[ ${code:178:1} =~ [0-9] ]] && caps_digit=$code || caps_letter=$code
  serial=$((serial + 1))
done
changed 'caps lock on' CODE_ALPHABET cinema-1024 cinema-1024 "$caps_digit" 0::$upper$lower:$lower$upper
changed 'caps lock on, which breaks the Base64' CODE_BASE64 cinema-1024 cinema-1024 "$caps_letter" 0::$upper$lower:$lower$upper
of_2048 'caps lock on, which breaks the Base64, RSA-2048' CODE_BASE64 0::$upper$lower:$lower$upper
for position in 8 9 50 100 150 170 177; do
  of_1024 "character $position changed" CODE_NOT_GENUINE 0:$position =B $((position + 1)):
done
of_1024 'two characters swapped' CODE_NOT_GENUINE 0:20 21:22 20:21 22:
changed 'a key of another cinema' CODE_NOT_GENUINE other-cinema-1024 cinema-1024 "$good" 0:
changed 'two keys, none fits' CODE_NOT_GENUINE 'cinema-1024-next other-cinema-1024' cinema-1024 "$good" 0:
changed 'a key of another length' CODE_NOT_GENUINE cinema-2048 cinema-1024 "$good" 0:
refused 'no keys' CODE_NOT_GENUINE '' "$good" "$(not_at_a_door 'a terminal keeps the keys that it has (reading K3)')"
refused 'a type-2 block' CODE_NOT_GENUINE cinema-1024 "$cinema$({ printf '\0\2'; field '' 18 A; printf '\0'; message 3101000100000795 $screen $film $session $start 0000000000000795 045.00 002.00; } | raw_block cinema-1024)"
refused 'a block without padding' CODE_NOT_GENUINE cinema-1024 "$cinema$({ field '' 21; message 3101000100000795 $screen $film $session $start 0000000000000795 045.00 002.00; } | raw_block cinema-1024)"
refused 'a type-1 block whose padding holds another byte' CODE_NOT_GENUINE cinema-1024 "$cinema$({ printf '\0\1\376'; field '' 17 '\377'; printf '\0'; message 3101000100000795 $screen $film $session $start 0000000000000795 045.00 002.00; } | raw_block cinema-1024)"

message T1 $screen $film $session $start A1 045.00 002.00 | first_bytes 106 | out_of_form '106 bytes' 'the content' cinema-1024
{ message T1 $screen $film $session $start A1 045.00 002.00; printf 0; } | out_of_form '108 bytes' 'the content' cinema-1024
printf '' | out_of_form '0 bytes' 'the content' cinema-1024
message '' $screen $film $session $start A1 045.00 002.00 | out_of_form 'no film ticket code' FilmTicketCode cinema-1024
message T1 '' $film $session $start A1 045.00 002.00 | out_of_form 'no screen code' ScreenCode cinema-1024
message 'T 1' $screen $film $session $start A1 045.00 002.00 | out_of_form 'space inside the film ticket code' FilmTicketCode cinema-1024
{ printf 'T\0001'; field '' 13; message '' $screen $film $session $start A1 045.00 002.00 | tail -c 91; } | out_of_form 'NUL inside the film ticket code' FilmTicketCode cinema-1024
{ printf 'T\303\2511'; field '' 12; message '' $screen $film $session $start A1 045.00 002.00 | tail -c 91; } | out_of_form 'not ASCII in the film ticket code' FilmTicketCode cinema-1024
message T1 $screen '0011"2582019' $session $start A1 045.00 002.00 | out_of_form 'quote in the film code' FilmCode cinema-1024
message T1 $screen $film $session 2026-02-30T19:30:00 A1 045.00 002.00 | out_of_form '30 February' StartTime cinema-1024 "$(not_at_a_door 'a terminal that takes it for 2 March refuses it too')"
message T1 $screen $film $session '2026-11-24 19:30:00' A1 045.00 002.00 | out_of_form 'space between date and time' StartTime cinema-1024
message T1 $screen $film $session 2026-11-24T19:30 A1 045.00 002.00 | out_of_form 'no seconds' StartTime cinema-1024
message T1 $screen $film $session $start '' 045.00 002.00 | out_of_form 'no seat code' SeatCode cinema-1024
{ message T1 $screen $film $session $start A1 045.00 002.00 | first_bytes 95; printf '\24345.00002.00'; } | out_of_form 'not ASCII in the price' Price cinema-1024
end

# ---------------------------------------------------------------- signatures

# Scheme 6.5.2.5; the payload of the RSA block is the MD5 in one of three forms.
md5_hex() { openssl dgst -md5 -r | cut -c1-32; }
payload_signature() { # key; the payload on standard input
  cat >"$work/payload"
  openssl pkeyutl -sign -inkey "$keys/$1.pem" -pkeyopt rsa_padding_mode:pkcs1 -in "$work/payload" | base64_line
}
sign_hex() { # key text
  local digits
  digits=$(printf %s "$2" | md5_hex)
  printf %s "$digits" | payload_signature "$1"
}
sign_upper_hex() {
  local digits
  digits=$(printf %s "$2" | md5_hex | tr a-f A-F)
  printf %s "$digits" | payload_signature "$1"
}
sign_mixed_hex() {
  local digits
  digits=$(printf %s "$2" | md5_hex)
  printf %s "$(printf %s "${digits:0:16}" | tr a-f A-F)${digits:16}" | payload_signature "$1"
}
sign_raw() { printf %s "$2" | openssl dgst -md5 -binary | payload_signature "$1"; }
sign_digest_info() { printf %s "$2" | openssl dgst -md5 -sign "$keys/$1.pem" | base64_line; }
sign_sha256() { printf %s "$2" | openssl dgst -sha256 -sign "$keys/$1.pem" | base64_line; }
sign_hex_and_line_feed() { printf %s "$2" | md5_hex | payload_signature "$1"; }
sign_hash_of_hash() { sign_raw "$1" "$(printf %s "$2" | md5_hex)"; }

datetime=2026-11-24T19:20:05
body_of() { # version-token username-json api query-text signature
  printf '{"Version":%s,"Datetime":"%s","Username":"%s","Api":"%s","Signature":"%s","QueryData":%s}' "$1" $datetime "$2" "$3" "$5" "$4"
}
# One vector: verifying `body` with `key` says `valid`. `sign` is the other direction: this text, key and form give
# exactly this signature.
next_letter() { printf %s "$1" | tr 'A-Za-z0-9+/' 'B-Za-z0-9+/A'; }
vector() { # name valid verifying-key body [form signing-key text signature]
  local sign=
  [ $# -lt 5 ] || sign=$(printf ', "sign": {"form": "%s", "key": "%s", "text": %s, "signature": "%s"}' "$5" "$6" "$(json "$7")" "$8")
  emit "$(printf '{"name": %s, "key": "%s", "valid": %s, "body": %s%s}' "$(json "$1")" "$3" "$2" "$(json "$4")" "$sign")"
}
compact='{"CinemaCode":"31010001","FilmTicketCode":"3101000100000795","StartTime":"2026-11-24T19:30:00"}'
pretty='{
  "CinemaCode": "31010001",
  "FilmTicketCode": "3101000100000795",
  "StartTime": "2026-11-24T19:30:00"
}'
wide='{ "CinemaCode" : "31010001" , "FilmTicketCode" : "3101000100000795" , "StartTime" : "2026-11-24T19:30:00" }'
money='{"CinemaCode":"31010001","CheckTickets":[{"ScreenName":"1 号厅, 巨幕","RowNum":7,"Price":45.00,"Service":2.50}]}'
text_of() { printf '%s%s%s%s%s' "$1" $datetime "$2" "$3" "$4"; } # version username api query-text
windows() { printf %s "${1//$'\n'/$'\r\n'}"; }

begin signatures.json "Signed requests (scheme 6.5.2.5): whether Signature verifies over the five elements with the key of the account"
text=$(text_of 1.0 terminal-1 GetTicketInfo "$compact")
for form in hex raw digest_info; do
  for key in account-2048 account-1024; do
    signature=$(sign_$form $key "$text")
    vector "payload form ${form/_/-}, key $key" true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$signature")" ${form/_/-} $key "$text" "$signature"
  done
done
key=account-2048
signature=$(sign_upper_hex $key "$text")
vector 'hex digits in upper case' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$signature")"
signature=$(sign_hex $key "$text")
vector 'Signature broken into lines of 64 by a MIME encoder, CR LF' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$(printf %s "$signature" | sed -E 's/.{64}/&\\r\\n/g')")"
vector 'Signature broken into lines of 76 by a MIME encoder, LF at the end too' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$(printf %s "$signature" | sed -E 's/.{76}/&\\n/g')\\n")"
vector 'Signature with escaped slashes' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "${signature//\//\\/}")"
vector 'signed compact, sent pretty' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$pretty" "$signature")"
vector 'signed compact, sent pretty with CR LF' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$(windows "$pretty")" "$signature")"
vector 'signed compact, sent with spaces around everything' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$wide" "$signature")"
vector 'Version printed as a number' true $key "$(body_of 1.0 terminal-1 GetTicketInfo "$compact" "$signature")"
signature=$(sign_hex $key "$(text_of 1.0 terminal-1 GetTicketInfo "$pretty")")
vector 'signed pretty, sent pretty' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$pretty" "$signature")"
vector 'signed pretty, sent compact' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$signature")"
vector 'signed pretty, sent with other white space' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$wide" "$signature")"
vector 'signed pretty with LF, sent with CR LF' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$(windows "$pretty")" "$signature")"
signature=$(sign_hex $key "$(text_of 1 terminal-1 GetTicketInfo "$compact")")
vector 'Version 1 printed as a number' true $key "$(body_of 1 terminal-1 GetTicketInfo "$compact" "$signature")"
vector 'Version 1 signed, 1.0 sent' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$signature")"
signature=$(sign_hex $key "$(text_of 1.0 第三方平台 GetTicketInfo "$compact")")
vector 'user name in Chinese' true $key "$(body_of '"1.0"' 第三方平台 GetTicketInfo "$compact" "$signature")"
vector 'user name in Chinese, escaped in the body' true $key "$(body_of '"1.0"' '\u7b2c\u4e09\u65b9\u5e73\u53f0' GetTicketInfo "$compact" "$signature")"
vector 'white space around the elements of the envelope' true $key "$(body_of '"1.0"' 第三方平台 GetTicketInfo "$compact" "$signature" | sed -E 's/,"(Datetime|Username|Api|Signature|QueryData)":/,\n  "\1" :  /g')"
signature=$(sign_hex $key "$(text_of 1.0 terminal-1 ReportOriginalCheckTickets "$money")")
vector 'amounts and Chinese text in QueryData' true $key "$(body_of '"1.0"' terminal-1 ReportOriginalCheckTickets "$money" "$signature")" hex $key "$(text_of 1.0 terminal-1 ReportOriginalCheckTickets "$money")" "$signature"
vector 'QueryData printed again: 45.00 became 45' false $key "$(body_of '"1.0"' terminal-1 ReportOriginalCheckTickets "${money/45.00/45}" "$signature")"
vector 'QueryData printed again: 45.00 became 45.0' false $key "$(body_of '"1.0"' terminal-1 ReportOriginalCheckTickets "${money/45.00/45.0}" "$signature")"
vector 'QueryData printed again: keys in another order' false $key "$(body_of '"1.0"' terminal-1 ReportOriginalCheckTickets "${money/'"RowNum":7,"Price":45.00'/'"Price":45.00,"RowNum":7'}" "$signature")"
vector 'QueryData printed again: Chinese text escaped' false $key "$(body_of '"1.0"' terminal-1 ReportOriginalCheckTickets "${money/号厅/'\u53f7\u5385'}" "$signature")"
vector 'white space added inside a string' false $key "$(body_of '"1.0"' terminal-1 ReportOriginalCheckTickets "${money/1 号厅/1  号厅}" "$signature")"
signature=$(sign_hex $key "$(text_of 1.0 terminal-1 ReportOriginalCheckTickets "${money// /}")")
vector 'signed without the white space inside strings' false $key "$(body_of '"1.0"' terminal-1 ReportOriginalCheckTickets "$money" "$signature")"
signature=$(sign_hex $key "$(text_of 1.0 terminal-1 GetTicketInfo '{}')")
vector 'empty QueryData' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo '{}' "$signature")"
vector 'empty QueryData with white space' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo '{ }' "$signature")"
signature=$(sign_hex $key "$text")
good_body=$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$signature")
vector 'the key of another account' false other-account-2048 "$good_body"
vector 'another Datetime' false $key "${good_body/19:20:05/19:20:06}"
vector 'another Username' false $key "${good_body/terminal-1/terminal-2}"
vector 'another Api' false $key "${good_body/GetTicketInfo/GetPublicKeys}"
vector 'another ticket' false $key "${good_body/00000795/00000796}"
vector 'one element more in QueryData' false $key "${good_body/'"StartTime"'/'"X":1,"StartTime"'}"
vector 'signature in URL-safe Base64' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$(printf %s "$signature" | tr '+/' '-_')")"
vector 'signature without its Base64 padding' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "${signature%%=*}")"
vector 'signature with Base64 trailing bits that are not zero' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "${signature:0:341}$(next_letter "${signature:341:1}")==")"
vector 'signature with a space in it' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "${signature:0:40} ${signature:40}")"
vector 'one character of the signature changed' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "${signature:0:40}$(next_letter "${signature:40:1}")${signature:41}")"
vector 'signature is plain text' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" 签名)"
vector 'hex digits in both cases at once' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$(sign_mixed_hex $key "$text")")"
vector 'hex digits and a line feed' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$(sign_hex_and_line_feed $key "$text")")"
vector 'SHA256withRSA' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$(sign_sha256 $key "$text")")"
vector 'MD5 of the hex digits of the MD5' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$(sign_hash_of_hash $key "$text")")"
vector 'separators between the elements' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$(sign_hex $key "1.0&$datetime&terminal-1&GetTicketInfo&$compact")")"
vector 'QueryData left out of the text' false $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$(sign_hex $key "1.0${datetime}terminal-1GetTicketInfo")")"
end

# ---------------------------------------------------------------- public keys

der_of() { openssl pkey -in "$keys/$1.pem" -pubout -outform DER; }
modulus_of() { openssl rsa -in "$keys/$1.pem" -noout -modulus | cut -d= -f2; }
bytes() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1" | tr -d '\n')"; }
readable() { # name key text
  local modulus fingerprint
  modulus=$(modulus_of "$2")
  fingerprint=$(bytes "$modulus" | openssl dgst -sha256 -r | cut -c1-64)
  emit "$(printf '{"name": %s, "text": %s, "expected": {"key": "%s", "spki": "%s", "fingerprint": "%s", "modulusLength": %d}}' \
    "$(json "$1")" "$(json "$3")" "$2" "$(der_of "$2" | base64_line)" "$fingerprint" $((${#modulus} / 2)))"
}
unreadable() { # name error text
  emit "$(printf '{"name": %s, "text": %s, "error": "%s"}' "$(json "$1")" "$(json "$3")" "$2")"
}

begin public-keys.json "PublicKey strings (scheme 6.6.1.4.1.1): the key in its one sent form, SHA-256 of its modulus, bytes of its modulus, or the error code"
for key in cinema-1024 cinema-2048; do
  spki=$(der_of $key | base64_line)
  modulus=$(modulus_of $key)
  readable "$key: Base64 of the SubjectPublicKeyInfo, one line" $key "$spki"
  readable "$key: the same in lines of 64" $key "$(der_of $key | openssl base64)"
  readable "$key: the same in lines, CR LF" $key "$(windows "$(der_of $key | openssl base64)")"
  readable "$key: the same with white space around it" $key "  $spki"$'\n'
  readable "$key: PEM" $key "$(openssl pkey -in $keys/$key.pem -pubout)"
  readable "$key: PEM, CR LF" $key "$(windows "$(openssl pkey -in $keys/$key.pem -pubout)")"
  readable "$key: PEM on one line" $key "-----BEGIN PUBLIC KEY-----$spki-----END PUBLIC KEY-----"
  readable "$key: PEM of PKCS#1" $key "$(openssl rsa -in $keys/$key.pem -RSAPublicKey_out 2>/dev/null)"
  readable "$key: Base64 of PKCS#1" $key "$(openssl rsa -in $keys/$key.pem -RSAPublicKey_out -outform DER 2>/dev/null | base64_line)"
  readable "$key: hex modulus|010001" $key "$modulus|010001"
  readable "$key: hex in lower case, exponent 10001" $key "$(tr A-F a-f <<<"$modulus")|10001"
  readable "$key: RSAKeyValue, as .NET writes it" $key "<RSAKeyValue><Modulus>$(bytes "$modulus" | base64_line)</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>"
  readable "$key: hex modulus with a leading zero byte" $key "00$modulus|00010001"
done
readable 'cinema-2048: PEM of a certificate' cinema-2048 "$(cat $keys/cinema-2048.cert.pem)"

modulus=$(modulus_of cinema-1024)
spki=$(der_of cinema-1024 | base64_line)
unreadable 'exponent 3' PUBLIC_KEY_EXPONENT "$(der_of exponent-3 | base64_line)"
unreadable 'exponent 3, hex' PUBLIC_KEY_EXPONENT "$(modulus_of exponent-3)|3"
unreadable 'exponent 1' PUBLIC_KEY_EXPONENT "$modulus|1"
unreadable 'exponent 65535' PUBLIC_KEY_EXPONENT "$modulus|ffff"
unreadable 'even exponent' PUBLIC_KEY_EXPONENT "$modulus|010002"
unreadable 'exponent 2^32 + 1' PUBLIC_KEY_EXPONENT "$modulus|0100000001"
unreadable 'an exponent as long as the modulus' PUBLIC_KEY_EXPONENT "$modulus|7${modulus:1:254}D"
unreadable '4097 bits, hex' PUBLIC_KEY_TOO_LONG "1$modulus$modulus$modulus$modulus|010001"
# Moduli that can be factored at once: 2^1024 - 1, 3^647, 4093 times a prime, the square of a prime p, and p times the
# first prime after p + 2^200.
unreadable 'weak modulus: all ones' PUBLIC_KEY_WEAK "$(printf 'F%.0s' {1..256})|010001"
unreadable 'weak modulus: a power of 3' PUBLIC_KEY_WEAK "2C589F5351064A843C1B45E2EB425BD177BD88B0B61D4127487B15E644A42355765644FBD247996E475AD5D0E74AF293D3D11925912619EA11BE484DD43CBA619DB48A3D73B6D1DA777A0C53CBB54016473782D1AD438572E25E2A4F3869E4E36A5F8DCD635EF3989885C6BF75400FF90CEDE34E79A52098E07600E9B459D3E8B|010001"
unreadable 'weak modulus: the factor 4093' PUBLIC_KEY_WEAK "17FB8000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003045F13|010001"
unreadable 'weak modulus: the square of a prime' PUBLIC_KEY_WEAK "C000000000000000000000001D92CD100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002EEC2650E16A177B5E2C0B49A724F8D4B69DBDA330B940D54C0EEB0F33B67F73CF465D576FFD314188F0A9F47760DB80B12AB5EF4B0431E44448BAC65E75596D349|010001"
unreadable 'weak modulus: two primes close to each other' PUBLIC_KEY_WEAK "C000000000000000000000001D92CD100000000000000000000000000000000000000000000000DDB3D742C265539D92BA16B84D6F1ECB5F659BCCB71C95D8CDBDE770A50FC6E87B8BAA947E8EC2E2F073B900B5C85FF44D8A68EAB260C6887D91536CAE46917ED75F1C02BE0AFA68E8C82BB2346163A491B1E46D16DB3F01E5|010001"
unreadable '512 bits' PUBLIC_KEY_TOO_SHORT "$(der_of bits-512 | base64_line)"
unreadable '512 bits, hex' PUBLIC_KEY_TOO_SHORT "$(modulus_of bits-512)|010001"
unreadable '1023 bits, hex' PUBLIC_KEY_TOO_SHORT "7${modulus:1}|010001"
unreadable 'even modulus: the last digit is damaged' PUBLIC_KEY_UNREADABLE "${modulus:0:255}0|010001"
unreadable 'empty' PUBLIC_KEY_UNREADABLE ''
unreadable 'garbage' PUBLIC_KEY_UNREADABLE '公钥字符串'
unreadable 'Base64 of garbage' PUBLIC_KEY_UNREADABLE "$(printf 'not a public key at all' | base64_line)"
unreadable 'cut off' PUBLIC_KEY_UNREADABLE "${spki:0:100}"
unreadable 'URL-safe Base64' PUBLIC_KEY_UNREADABLE "$(der_of cinema-2048 | base64_line | tr '+/' '-_')"
unreadable 'hex modulus alone' PUBLIC_KEY_UNREADABLE "$modulus"
unreadable 'hex without an exponent' PUBLIC_KEY_UNREADABLE "$modulus|"
unreadable 'hex with a zero modulus' PUBLIC_KEY_TOO_SHORT '00|010001'
unreadable 'hex with another separator' PUBLIC_KEY_UNREADABLE "$modulus,010001"
unreadable 'a private key as RSAKeyValue' PUBLIC_KEY_UNREADABLE "<RSAKeyValue><Modulus>$(bytes "$modulus" | base64_line)</Modulus><Exponent>AQAB</Exponent><P>AQAB</P><D>AQAB</D></RSAKeyValue>"
unreadable 'RSAKeyValue without an exponent' PUBLIC_KEY_UNREADABLE "<RSAKeyValue><Modulus>$(bytes "$modulus" | base64_line)</Modulus></RSAKeyValue>"
unreadable 'a private key' PUBLIC_KEY_UNREADABLE "$(cat $keys/cinema-1024.pem)"
unreadable 'Base64 of a private key, PKCS#1' PUBLIC_KEY_UNREADABLE "$(openssl rsa -in $keys/cinema-1024.pem -traditional -outform DER 2>/dev/null | base64_line)"
unreadable 'an elliptic curve key' PUBLIC_KEY_UNREADABLE "$(der_of ec-p256 | base64_line)"
unreadable 'PEM with another label at its end' PUBLIC_KEY_UNREADABLE "-----BEGIN PUBLIC KEY-----$spki-----END RSA PUBLIC KEY-----"
unreadable 'PEM of PKCS#1 content labelled as SubjectPublicKeyInfo' PUBLIC_KEY_UNREADABLE "-----BEGIN PUBLIC KEY-----$(openssl rsa -in $keys/cinema-1024.pem -RSAPublicKey_out -outform DER 2>/dev/null | base64_line)-----END PUBLIC KEY-----"
end

# ---------------------------------------------------------------- hashes of check records

begin check-record-hashes.json 'Check records as ListCheckRecords has them, in their order: the SHA-256 of each, and the hash over all of them'

# The values of a record, with a NUL between two of them.
values() {
  printf '%s' "$1"
  shift
  printf '\0%s' "$@"
}
sha256() { openssl dgst -sha256 -binary; }
record_json() { # cinema id code check screen screen-name film film-name session start type ticket row column price service [overridden]
  local overridden=
  [ -z "${17-}" ] || overridden=$(printf ',"OverriddenVerdict":%s' "$(json "${17}")")
  printf '{"TicketInfoCode":%s,"CheckTime":%s,"ScreenCode":%s,"ScreenName":%s,"FilmCode":%s,"FilmName":%s,"SessionCode":%s,"StartTime":%s,"TicketType":%s,"FilmTicketCode":%s,"RowNum":%s,"ColumnNum":%s,"Price":%s,"Service":%s,"RecordId":%s%s}' \
    "$(json "$3")" "$(json "$4")" "$(json "$5")" "$(json "$6")" "$(json "$7")" "$(json "$8")" "$(json "$9")" "$(json "${10}")" \
    "$(json "${11}")" "$(json "${12}")" "${13}" "${14}" "${15}" "${16}" "$(json "$2")" "$overridden"
}
records= digests=
: >"$work/digests"
digest_of() { # value…
  values "$@" | sha256 >"$work/digest"
  digests+=${digests:+,}\"$(hex <"$work/digest")\"
  cat "$work/digest" >>"$work/digests"
}
record() { # as record_json
  records+=${records:+,}$(record_json "$@")
  digest_of "$@"
}
undone_record() { # as record_json
  local json
  json=$(record_json "$@")
  records+=${records:+,}${json%\}},\"Undone\":true}
  digest_of "$@" UNDONE
}
hashed() { # name
  emit "{\"name\":$(json "$1"),\"cinemaCode\":\"$cinema\",\"records\":[$records],\"digests\":[$digests],\"hash\":\"$(sha256 <"$work/digests" | hex)\"}"
  records= digests=
  : >"$work/digests"
}

seen=$cinema$(head -c 128 /dev/zero | tr '\0' '\245' | base64_line)
other=$cinema$(head -c 128 /dev/zero | tr '\0' '\132' | base64_line)
one=(019ab5c8-7f40-7abc-8def-0123456789ab "$seen" 2026-11-24T19:20:00 0000000000000007 '7 号厅' 001102582019 流浪地球
  3101000120261124 2026-11-24T19:30:00 网络售票 3101000100000795 7 12 45.00 2.50)
another=(019ab5c8-7f41-7abc-8def-0123456789ab "$seen" 2026-11-24T19:20:00 0000000000000007 '7 号厅' 001102582019 '"A" | \ B'
  3101000120261124 2026-11-24T19:30:00 现场售票 3101000100000796 -1 0 0.05 0.00)
incomplete=(019ab5c8-7000-8abc-8def-0123456789ab "$other" 2026-11-24T19:20:01 0000000000000007 '' 001102582019 ''
  3101000120261124 2026-11-24T19:30:00 '' 3101000100000797 0 0 30.00 100000.00)
hashed 'no record'
record $cinema "${one[@]}"
hashed 'one record'
record $cinema "${one[@]}"
record $cinema "${another[@]}"
record $cinema "${incomplete[@]}"
hashed 'by CheckTime, then by RecordId; one of them is incomplete'
# Both under one RecordId: in the order of their digests.
of_the_seen=$(values $cinema "${one[@]}" | sha256 | hex)
with_the_other=("${one[@]}")
with_the_other[1]=$other
of_the_other=$(values $cinema "${with_the_other[@]}" | sha256 | hex)
if [[ $of_the_seen < $of_the_other ]]; then
  record $cinema "${one[@]}"
  record $cinema "${with_the_other[@]}"
else
  record $cinema "${with_the_other[@]}"
  record $cinema "${one[@]}"
fi
hashed 'two records under one RecordId at one time'
record $cinema "${one[@]}"
record $cinema "${another[@]}" ALREADY_ENTERED
hashed 'one of them an admission in spite of a refusal, for a peer that speaks overrides'
undone_record $cinema "${one[@]}"
undone_record $cinema "${another[@]}" ALREADY_ENTERED
hashed 'both undone, one of them an admission in spite of a refusal, for a peer that speaks undone-records'
end

# ---------------------------------------------------------------- e-tickets

begin e-tickets.json 'The text of an e-ticket QR, and whether the key signed it'

base64url() { base64_line | tr -d = | tr '+/' '-_'; }
raw_public() { openssl pkey -in "$keys/$1.pem" -pubout -outform DER | tail -c 32; }
key_id() { raw_public "$1" | openssl dgst -sha256 -binary | first_bytes 8 | base64url; }
ed25519() { # key text
  printf %s "$2" >"$work/message"
  openssl pkeyutl -sign -rawin -inkey "$keys/$1.pem" -in "$work/message" | base64url
}
packed() { # code
  { printf %s "${1:0:8}"; printf %s "${1:8}" | openssl base64 -d -A; } | base64url
}
of_1024=$cinema$(message 3101000100000795 0000000000000007 001102582019 3101000120261124 2026-11-24T19:30:00 0000000000000712 045.00 002.50 | block cinema-1024)
of_2048=$cinema$(message 3101000100000795 0000000000000007 001102582019 3101000120261124 2026-11-24T19:30:00 0000000000000712 045.00 002.50 | block cinema-2048)
host=tickets.example.cn verified=1795433400
unsigned_text() { # host packed-code time key
  printf 'https://%s/t?c=%s&t=%s&k=%s' "$1" "$2" "$3" "$(key_id "$4")"
}
e_ticket() { # name host code time
  local text
  text=$(unsigned_text "$2" "$(packed "$3")" "$4" e-ticket-ed25519)
  emit "$(printf '{"name": %s, "key": "e-ticket-ed25519", "publicKey": "%s", "text": %s, "expected": {"host": "%s", "code": "%s", "time": %s, "keyId": "%s"}, "valid": true}' \
    "$(json "$1")" "$(raw_public e-ticket-ed25519 | base64_line)" "$(json "$text&s=$(ed25519 e-ticket-ed25519 "$text")")" "$2" "$3" "$4" "$(key_id e-ticket-ed25519)")"
}
forged() { # name text [more members]
  emit "$(printf '{"name": %s, "key": "e-ticket-ed25519", "publicKey": "%s", "text": %s, "valid": false%s}' \
    "$(json "$1")" "$(raw_public e-ticket-ed25519 | base64_line)" "$(json "$2")" "${3:-}")"
}
faulty() { # name error text [more members]
  emit "$(printf '{"name": %s, "text": %s, "error": "%s"%s}' "$(json "$1")" "$(json "$3")" "$2" "${4:-}")"
}
forged_of() { forged "$1" "$(made "$good" "${@:2}")" ", \"of\": {\"parts\": [$(parts "${@:2}")]}"; } # name part…
faulty_of() { faulty "$1" damaged-e-ticket "$(made "$good" "${@:2}")" ", \"of\": {\"parts\": [$(parts "${@:2}")]}"; }
e_ticket 'a code of 180 characters' $host "$of_1024" $verified
e_ticket 'a code of 352 characters' $host "$of_2048" $verified
e_ticket 'a host with a port' $host:9000 "$of_1024" $verified
e_ticket 'a host that is an address of IPv6' '[2001:db8::1]:9000' "$of_1024" $verified
e_ticket 'a host with an underscore, as compose gives' 'third_party:9000' "$of_1024" $verified
e_ticket 'of the first second' $host "$of_1024" 0
unsigned=$(unsigned_text $host "$(packed "$of_1024")" $verified e-ticket-ed25519)
signature=$(ed25519 e-ticket-ed25519 "$unsigned")
good=$unsigned\&s=$signature
# What good has between 31 and 213 is the code, from 216 the time, from 229 the name of the key, from 243 the signature.
forged_of 'the time was changed' 0:224 224:225:0123456789:1234567890 225:
forged 'the code was changed' "$(unsigned_text $host "$(packed "$of_2048")" $verified e-ticket-ed25519)&s=$signature"
forged_of 'the host was changed' 0:24 =com 26:
forged 'signed with another key' "$unsigned&s=$(ed25519 other-e-ticket-ed25519 "$unsigned")"
forged_of 'a signature of nothing but zeros' 0:243 "=$(head -c 64 /dev/zero | base64url)"
faulty 'a web link' not-an-e-ticket 'https://www.example.cn/film/795'
faulty 'a payment code' not-an-e-ticket 'https://qr.example.cn/fkx01234?t=1795433400'
faulty 'a GS1 digital link' not-an-e-ticket 'https://id.example.cn/01/06901234567892/21/795'
faulty 'a payment code of digits' not-an-e-ticket 134567890123456789
faulty 'a bare ticket info code' not-an-e-ticket "$of_1024" "$(not_at_a_door 'it is a ticket too, as printed')"
faulty 'without TLS' not-an-e-ticket "$(made "$good" 0:4 5:)" ", \"of\": {\"parts\": [$(parts 0:4 5:)]}"
faulty 'the address of the page' not-an-e-ticket "https://$host/t/0123456789abcdefghijkl"
faulty 'nothing' not-an-e-ticket ''
faulty_of 'the last character is missing' 0:328
faulty_of 'a character of the signature is missing' 0:243 244:
faulty_of 'the signature is missing' 0:240
faulty_of 'another order' 0:213 226:240 213:226 240:
faulty_of 'one parameter more' 0: '=&x=1'
faulty_of 'twice' 0: 0:
faulty 'white space at the end' damaged-e-ticket "$good " "$scanner"
faulty_of 'upper case' 0::$lower:$upper
faulty_of 'upper and lower case swapped' 0::$upper$lower:$lower$upper
faulty_of 'a time with a zero in front' 0:216 =0 216:
faulty_of 'a time that is none' 0:216 =-1 226:
faulty_of 'a time with a fraction' 0:226 =.5 226:
faulty_of 'a code of no more than a cinema' 0:31 "=$(printf %s $cinema | base64url)" 213:
faulty_of 'a code in Base64 with its filling' 0:213 === 213:
faulty_of 'a code with bits that no byte holds' 0:31 "=$(printf %s "$cinema" | base64url)AB" 213:
end

# ---------------------------------------------------------------- SM2

[ ! -e sm2.json ] || exit 0
begin sm2.json "SM2 over SM3: whether Signature verifies over the five elements with the key and user id of the account; e-tickets; forms of a public key"

sm2_id=1234567812345678
curve=FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E9332C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
sm3() { openssl dgst -sm3 -binary; }
point_of() { der_of "$1" | tail -c 65 | hex; }
z_of() { # key id
  local point
  point=$(point_of "$1")
  { bytes "$(printf %04x $((${#2} * 8)))"; printf %s "$2"; bytes "$curve"; bytes "${point:2}"; } | sm3 | hex
}
sm2_der() { # key id; the text on standard input
  cat >"$work/message"
  openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt "distid:$2" -inkey "$keys/$1.pem" -in "$work/message"
}
r_s() { # DER on standard input → r‖s
  local half
  openssl asn1parse -inform DER | sed -n 's/.*INTEGER *:\([0-9A-F]*\)$/\1/p' | while read -r half; do
    while [ ${#half} -lt 64 ]; do half=0$half; done
    bytes "$half"
  done
}
sm2_vector() { # name valid verifying-key body [id]
  emit "$(printf '{"name": %s, "key": "%s", "id": "%s", "publicKey": "%s", "z": "%s", "valid": %s, "body": %s}' \
    "$(json "$1")" "$3" "${5:-$sm2_id}" "$(point_of "$3")" "$(z_of "$3" "${5:-$sm2_id}")" "$2" "$(json "$4")")"
}
sent() { body_of '"1.0"' terminal-1 GetTicketInfo "$compact" "$1"; } # signature
key=account-sm2
text=$(text_of 1.0 terminal-1 GetTicketInfo "$compact")
printf %s "$text" | sm2_der $key $sm2_id >"$work/der"
signature=$(base64_line <"$work/der")
sm2_vector 'DER' true $key "$(sent "$signature")"
sm2_vector 'r and s, 64 bytes' true $key "$(sent "$(r_s <"$work/der" | base64_line)")"
sm2_vector 'broken into lines of 64 by a MIME encoder, CR LF' true $key "$(sent "$(printf %s "$signature" | sed -E 's/.{64}/&\\r\\n/g')")"
sm2_vector 'signed compact, sent pretty' true $key "$(body_of '"1.0"' terminal-1 GetTicketInfo "$pretty" "$signature")"
sm2_vector 'amounts and Chinese text in QueryData' true $key "$(body_of '"1.0"' terminal-1 ReportOriginalCheckTickets "$money" \
  "$(text_of 1.0 terminal-1 ReportOriginalCheckTickets "$money" | sm2_der $key $sm2_id | base64_line)")"
sm2_vector 'another user id' true $key "$(sent "$(printf %s "$text" | sm2_der $key cinema-31010001 | base64_line)")" cinema-31010001
# A short r or s has fewer digits in DER, and zeros in front in 64 bytes.
for half in 1 2; do
  until printf %s "$text" | sm2_der $key $sm2_id >"$work/short" && [ $(openssl asn1parse -inform DER -in "$work/short" | sed -n 's/.*INTEGER *:\([0-9A-F]*\)$/\1/p' | sed -n "${half}p" | tr -d '\n' | wc -c) -lt 64 ]; do :; done
  sm2_vector "a short $([ $half = 1 ] && echo r || echo s), DER" true $key "$(sent "$(base64_line <"$work/short")")"
  sm2_vector "a short $([ $half = 1 ] && echo r || echo s), 64 bytes" true $key "$(sent "$(r_s <"$work/short" | base64_line)")"
done
sm2_vector 'the key of another account' false other-account-sm2 "$(sent "$signature")"
sm2_vector 'another Datetime' false $key "$(sent "$signature" | sed 's/19:20:05/19:20:06/')"
sm2_vector 'signed under another user id' false $key "$(sent "$(printf %s "$text" | sm2_der $key cinema-31010001 | base64_line)")"
sm2_vector 'signed under no user id' false $key "$(sent "$(printf %s "$text" | sm2_der $key '' | base64_line)")"
sm2_vector 'Z left out: the SM3 of the text alone' false $key "$(sent "$(printf %s "$text" | sm3 >"$work/digest"; openssl pkeyutl -sign -inkey $keys/$key.pem -in "$work/digest" | base64_line)")"
sm2_vector 'the SM3 of Z and text hashed once more' false $key "$(sent "$({ bytes "$(z_of $key $sm2_id)"; printf %s "$text"; } | sm3 | sm2_der $key $sm2_id | base64_line)")"
sm2_vector 's and r' false $key "$(sent "$(r_s <"$work/der" >"$work/r-s"; { tail -c 32 "$work/r-s"; head -c 32 "$work/r-s"; } | base64_line)")"
sm2_vector 'r is zero' false $key "$(sent "$({ head -c 32 /dev/zero; tail -c 32 "$work/r-s"; } | base64_line)")"
sm2_vector 'zeros alone' false $key "$(sent "$(head -c 64 /dev/zero | base64_line)")"
sm2_vector 'a byte after the DER' false $key "$(sent "$({ cat "$work/der"; printf x; } | base64_line)")"
sm2_vector 'r and s in hex' false $key "$(sent "$(hex <"$work/r-s")")"
sm2_key_id() { bytes "$(point_of $1)" | openssl dgst -sha256 -binary | first_bytes 8 | base64url; }
sm2_e_ticket() { # name valid signing-key text
  emit "$(printf '{"name": %s, "key": "%s", "publicKey": "%s", "eTicket": %s, "expected": {"host": "%s", "code": "%s", "time": %s, "keyId": "%s"}, "valid": %s}' \
    "$(json "e-ticket: $1")" $key "$(bytes "$(point_of $key)" | base64_line)" "$(json "$4&s=$(printf %s "${5:-$4}" | sm2_der "$3" $sm2_id | r_s | base64url)")" $host "$of_1024" $verified "$(sm2_key_id $key)" "$2")"
}
unsigned="https://$host/t?c=$(packed "$of_1024")&t=$verified&k=$(sm2_key_id $key)"
sm2_e_ticket 'a code of 180 characters' true $key "$unsigned"
sm2_e_ticket 'the time was changed' false $key "$unsigned" "${unsigned/t=$verified/t=$((verified - 60))}"
sm2_e_ticket 'signed with another key' false other-account-sm2 "$unsigned"
for form in 'PEM' 'PEM, CR LF' 'Base64 of the SubjectPublicKeyInfo, one line' '04, x and y in hex' 'the same in upper case' 'x and y in hex'; do
  case $form in
    PEM) shown=$(openssl pkey -in $keys/$key.pem -pubout) ;;
    PEM,*) shown=$(windows "$(openssl pkey -in $keys/$key.pem -pubout)") ;;
    Base64*) shown=$(der_of $key | base64_line) ;;
    04,*) shown=$(point_of $key) ;;
    the*) shown=$(point_of $key | tr a-f A-F) ;;
    x*) shown=$(point_of $key | cut -c3-) ;;
  esac
  emit "$(printf '{"name": %s, "keyText": %s, "expected": {"key": "%s", "spki": "%s"}}' "$(json "public key: $form")" "$(json "$shown")" $key "$(der_of $key | base64_line)")"
done
end

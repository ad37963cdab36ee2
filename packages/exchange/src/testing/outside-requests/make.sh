#!/bin/sh
# Makes the request bodies beside this file, with the OpenSSL command line alone: an outside client in each of the three
# payload forms (reading E3), in compact and in pretty-printed JSON (reading E2). Run it anew to make them with a new key.
set -eu
cd "$(dirname "$0")"

key=$(mktemp)
trap 'rm -f "$key"' EXIT
openssl genrsa -out "$key" 2048
openssl rsa -in "$key" -pubout -out public-key.pem

version=1.0
datetime=2026-11-24T12:00:00
username=outside.client-1
api=GetPublicKeys
compact='{"CinemaCode":"11062601"}'
pretty=$(printf '{\n    "CinemaCode" : "11062601"\n  }')

# Pads the input as an RSA type 1 block and encrypts it with the private key.
private_encrypt() { openssl pkeyutl -sign -inkey "$key" -pkeyopt rsa_padding_mode:pkcs1; }

sign_hex() { openssl dgst -md5 -r | cut -c 1-32 | tr -d '\n' | private_encrypt | openssl base64 -A; }
sign_raw() { openssl dgst -md5 -binary | private_encrypt | openssl base64 -A; }
sign_digest_info() { openssl dgst -md5 -sign "$key" | openssl base64 -A; }

write_compact() {
  signature=$(printf '%s' "$version$datetime$username$api$compact" | "sign_$1")
  printf '{"Version":"%s","Datetime":"%s","Username":"%s","Api":"%s","Signature":"%s","QueryData":%s}' \
    "$version" "$datetime" "$username" "$api" "$signature" "$compact"
}

# $2 is the text of QueryData that is signed; what is sent is the pretty one.
write_pretty() {
  signature=$(printf '%s' "$version$datetime$username$api$2" | "sign_$1")
  printf '{\n  "Version" : "%s",\n  "Datetime" : "%s",\n  "Username" : "%s",\n  "Api" : "%s",\n  "Signature" : "%s",\n  "QueryData" : %s\n}\n' \
    "$version" "$datetime" "$username" "$api" "$signature" "$pretty"
}

for form in hex raw digest_info; do
  write_compact "$form" > "compact-$form.body"
  write_pretty "$form" "$pretty" > "pretty-$form.body"
  write_pretty "$form" "$compact" > "pretty-signed-compact-$form.body"
done

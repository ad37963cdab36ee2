<?php
/** Ticket info codes, signatures and check records of the scheme (第三方检票平台技术方案). */
declare(strict_types=1);

const CODE = '/^[!#-&(-\[\]-_a-~]+$/D'; // printable ASCII without space, quotes and backslash
const FIELDS = ['FilmTicketCode' => 16, 'ScreenCode' => 16, 'FilmCode' => 12, 'SessionCode' => 16, 'StartTime' => 19,
    'SeatCode' => 16, 'Price' => 6, 'Service' => 6];
const DIGEST_INFO_OF_MD5 = "\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10";

/** Says why a ticket or a request is refused: a verdict or an error's code (docs/protocol.md), and a detail. */
final class Refused extends Exception
{
    public function __construct(public readonly string $reason, public readonly string $detail = '')
    {
        parent::__construct("$reason: $detail");
    }
}

// RSA: ticket codes and signatures are PKCS #1 blocks of type 1, made with a private key and opened with its public key.

function seal_block(OpenSSLAsymmetricKey $key, string $payload): string
{
    // No DigestInfo is added, as openssl_sign() would: the scheme's usual payload is 32 bare hex digits.
    openssl_private_encrypt($payload, $block, $key, OPENSSL_PKCS1_PADDING);
    return $block;
}

/** The payload, opened with the first key that fits, or null. */
function open_block(array $keys, string $block): ?string
{
    foreach ($keys as $key) {
        if (openssl_public_decrypt($block, $payload, $key, OPENSSL_PKCS1_PADDING)) {
            return $payload;
        }
    }
    return null;
}

/** Reads Base64 of the DER form, also in PEM armour; null if the key cannot be used. */
function load_public_key(string $text): ?OpenSSLAsymmetricKey
{
    $lines = chunk_split(preg_replace('/-----[^-]+-----|\s/', '', $text), 64, "\n");
    $key = openssl_pkey_get_public("-----BEGIN PUBLIC KEY-----\n$lines-----END PUBLIC KEY-----\n");
    $details = $key ? openssl_pkey_get_details($key) : [];
    // Under a small exponent anybody can forge a block: it contains no hash. 65537 has three bytes.
    $usable = isset($details['rsa']) && $details['bits'] >= 1024 && strlen($details['rsa']['e']) >= 3;
    return $usable ? $key : null;
}

/** Those that have started, newest first; then announced ones, since a box office may be minutes ahead. */
function decryption_order(array $keys, string $now): array
{
    $started = array_filter($keys, fn($key) => $key['StartTime'] <= $now);
    $announced = array_filter($keys, fn($key) => $key['StartTime'] > $now);
    usort($started, fn($a, $b) => $b['StartTime'] <=> $a['StartTime']);
    usort($announced, fn($a, $b) => $a['StartTime'] <=> $b['StartTime']);
    return [...$started, ...$announced];
}

/** The bytes, or nothing: a lenient decoder would take several texts for the same bytes. */
function decode_base64(string $text): string
{
    $data = base64_decode($text, true);
    return $data !== false && base64_encode($data) === $text ? $data : '';
}

// Ticket info codes (5.1.2): 8 characters in clear, then Base64 of one block with the other 107 bytes.

function decode_code(string $text, array $keys): array
{
    $length = preg_match_all('/./su', $text); // characters, not bytes
    if ($length < 180 || $length > 2740 || $length % 4 !== 0) {
        throw new Refused('CODE_LENGTH');
    }
    [$cinema, $rest] = [substr($text, 0, 8), substr($text, 8)];
    $folded = $rest === strtoupper($rest) || $rest === strtolower($rest); // by an input method or a keyboard setting
    if ($folded || !preg_match(CODE, $cinema) || !preg_match('#^[A-Za-z0-9+/]+={0,2}$#D', $rest)) {
        throw new Refused('CODE_ALPHABET');
    }
    $block = decode_base64($rest);
    if (strlen($block) < 128) {
        throw new Refused('CODE_BASE64');
    }
    $message = open_block($keys, $block);
    if ($message === null) {
        $swapped = preg_replace_callback('/[A-Za-z]/', fn($letter) => $letter[0] ^ ' ', $rest); // upper and lower case
        $caps_lock = open_block($keys, decode_base64($swapped)) !== null;
        throw new Refused($caps_lock ? 'CODE_ALPHABET' : 'CODE_NOT_GENUINE');
    }
    return ['CinemaCode' => $cinema, ...read_fields($message)];
}

/** The block contains no hash, so it is genuine only if every field has its form. */
function read_fields(string $message): array
{
    if (strlen($message) !== 107) {
        throw new Refused('CODE_FIELD', 'the content');
    }
    [$fields, $at] = [[], 0];
    foreach (FIELDS as $name => $length) {
        // Filled up with NUL bytes or spaces. Never strip the character 0: codes end in it.
        $value = rtrim(substr($message, $at, $length), "\0 ");
        $at += $length;
        $well_formed = match ($name) {
            'Price', 'Service' => preg_match('/^[ -~]*$/D', $value), // a malformed amount leaves the ticket valid
            'StartTime' => is_time($value),
            default => preg_match(CODE, $value),
        };
        if (!$well_formed) {
            throw new Refused('CODE_FIELD', $name);
        }
        $fields[$name] = str_ends_with($name, 'Code') ? str_pad($value, $length, '0') : $value; // JSON has full length
    }
    return $fields;
}

const TIME = 'Y-m-d\TH:i:s';

function is_time(string $text): bool
{
    $time = DateTimeImmutable::createFromFormat(TIME, $text);
    return $time !== false && $time->format(TIME) === $text;
}

/** Every time of the scheme is the wall clock of Shanghai, whatever the zone of the machine. */
function shanghai_time(int $minutes_from_now = 0): string
{
    return (new DateTimeImmutable("$minutes_from_now minutes", new DateTimeZone('Asia/Shanghai')))->format(TIME);
}

// Signatures (6.5.2.5): over Version + Datetime + Username + Api + QueryData, without separators.

function payloads(string $text): array
{
    $hex = md5($text);
    $raw = hex2bin($hex);
    return ['hex' => $hex, 'HEX' => strtoupper($hex), 'raw' => $raw, 'digest-info' => DIGEST_INFO_OF_MD5 . $raw];
}

function sign(OpenSSLAsymmetricKey $key, string $text, string $form = 'hex'): string
{
    return base64_encode(seal_block($key, payloads($text)[$form]));
}

// Check records (6.6.2): what one contains, in this order; numbers with their decimals.
const RECORD = ['TicketInfoCode', 'CheckTime', 'ScreenCode', 'ScreenName', 'FilmCode', 'FilmName', 'SessionCode',
    'StartTime', 'TicketType', 'FilmTicketCode', 'RowNum', 'ColumnNum', 'Price', 'Service'];
const DECIMALS = ['RowNum' => 0, 'ColumnNum' => 0, 'Price' => 2, 'Service' => 2];
const ANY_TICKET_TYPE = '网络售票'; // of a ticket of which nothing is known: it may not be empty
const UNKNOWN_TICKET = ['RefundStatus' => 'No', 'CheckStatus' => 'No']; // where nobody answers, or knows the ticket

/** A line of JSON. Amounts have two decimals, which json_encode would not write. */
function printed(array $record): string
{
    $value = fn($name) => isset(DECIMALS[$name])
        ? number_format(is_numeric($record[$name]) ? (float) $record[$name] : 0, DECIMALS[$name], '.', '')
        : to_json($record[$name]);
    return '{' . implode(',', array_map(fn($name) => "\"$name\":" . $value($name), RECORD)) . '}';
}

function to_json(mixed $value): string
{
    return json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR);
}

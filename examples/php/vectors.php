<?php
/** Verifies signatures, as a server does, and compares all of it with the test vectors. */
declare(strict_types=1);
require_once __DIR__ . '/scheme.php';

/** Finds the members of the outermost object, each as its characters in the body. */
const MEMBER = <<<'REGEX'
    ~(?(DEFINE)
        (?<string> "(?:[^"\\]++|\\.)*+" )
        (?<value> (?&string) | [^\s"{}\[\],:]++ | [\[{] (?: \s++ | [,:] | (?&value) )*+ [\]}] )
    )
    \G [\s,{]*+ ((?&string)) \s*+ : \s*+ ((?&value))~xs
    REGEX;

/** Over QueryData as its characters are in the body: parsed and printed again, 45.00 is 45.0. */
function verifies(OpenSSLAsymmetricKey $key, string $body): bool
{
    $request = json_decode($body, true);
    preg_match_all(MEMBER, $body, $members, PREG_SET_ORDER);
    $raw = [];
    foreach ($members as [, , , $name, $value]) {
        $raw[json_decode($name)] = $value;
    }
    $head = trim($raw['Version'], '"') . $request['Datetime'] . $request['Username'] . $request['Api'];
    $compact = preg_replace('~("(?:[^"\\\\]++|\\\\.)*+")|\s++~s', '$1', $raw['QueryData']); // sent with white space
    $payload = open_block([$key], decode_base64(str_replace(["\r", "\n"], '', $request['Signature'])));
    return in_array($payload, payloads($head . $raw['QueryData']), true)
        || in_array($payload, payloads($head . $compact), true);
}

/** Prints how many cases of each file come out as expected, and answers whether all do. */
function check_vectors(string $directory): bool
{
    $private_key = fn($name) => openssl_pkey_get_private(file_get_contents("$directory/test-keys/$name.pem"));
    $public_key = fn($name) => openssl_pkey_get_public(openssl_pkey_get_details($private_key($name))['key']);
    $checks = [
        'ticket-codes' => function ($case) use ($public_key) {
            try {
                $fields = decode_code($case['code'], array_map($public_key, $case['keys']));
            } catch (Refused $refused) {
                return [$refused->reason, $refused->detail] === [$case['error'] ?? null, $case['field'] ?? ''];
            }
            foreach ($fields as $name => $value) {
                $suffix = in_array($name, ['Price', 'Service']) ? 'Text' : '';
                if (($case['expected'][lcfirst($name) . $suffix] ?? null) !== $value) {
                    return false;
                }
            }
            return true;
        },
        'signatures' => function ($case) use ($private_key, $public_key) {
            $asked = $case['sign'] ?? null;
            if ($asked && sign($private_key($asked['key']), $asked['text'], $asked['form']) !== $asked['signature']) {
                return false;
            }
            return verifies($public_key($case['key']), $case['body']) === $case['valid'];
        },
        'key-order' => function ($case) {
            $keys = array_map(fn($time) => ['StartTime' => $time], $case['startTimes']);
            return array_column(decryption_order($keys, $case['now']), 'StartTime') === $case['order'];
        },
    ];
    $every_one = true;
    foreach ($checks as $file => $check) {
        $cases = json_decode(file_get_contents("$directory/$file.json"), true)['cases'];
        $wrong = array_filter($cases, fn($case) => !$check($case));
        printf("%s: %d of %d\n", $file, count($cases) - count($wrong), count($cases));
        foreach ($wrong as $case) {
            echo "  wrong: {$case['name']}\n";
        }
        $every_one = $every_one && !$wrong;
    }
    return $every_one;
}

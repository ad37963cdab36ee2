<?php
/** What a terminal asks the platform above it: a third-party platform or the national one, with the same three Apis. */
declare(strict_types=1);
require_once __DIR__ . '/scheme.php';

final class Upstream
{
    public readonly string $cinema;
    private readonly array $bundle;
    private readonly OpenSSLAsymmetricKey $key;

    public function __construct(private readonly string $path)
    {
        $this->bundle = json_decode(read($path), true, flags: JSON_THROW_ON_ERROR);
        $this->cinema = $this->bundle['CinemaCodes'][0];
        $this->key = openssl_pkey_get_private($this->bundle['PrivateKey']);
        write("$path.ca", $this->bundle['CaCertificate']);
    }

    /** Answers ReplyData. What is signed is the text of QueryData that is sent. */
    private function ask(string $api, string $query): array
    {
        $username = $this->bundle['Username'];
        $head = ['Version' => '1.0', 'Datetime' => shanghai_time(), 'Username' => $username, 'Api' => $api];
        $head['Signature'] = sign($this->key, implode($head) . $query);
        $context = stream_context_create([
            'http' => ['method' => 'POST', 'header' => 'Content-Type: application/json', 'timeout' => 5,
                'content' => substr(to_json($head), 0, -1) . ",\"QueryData\":$query}",
                'ignore_errors' => true], // an error keeps the envelope, whatever the HTTP status
            'ssl' => ['cafile' => "{$this->path}.ca"], // trusts this CA and no other
        ]);
        $reply = @file_get_contents($this->bundle['Url'], false, $context);
        $data = json_decode($reply ?: '', true)['ReplyData'] ?? null;
        if (!is_array($data)) {
            throw new Refused('NO_ANSWER', $reply ? substr($reply, 0, 80) : (error_get_last()['message'] ?? ''));
        }
        if (isset($data['ErrorCode']) && !isset($data['ReportResult'])) {
            throw new Refused($data['ErrorCode'], $data['ErrorMessage'] ?? '');
        }
        return $data;
    }

    /** The cinema's keys, asked for again if they were received longer ago than this. */
    public function keys(int $most_seconds): array
    {
        $file = "{$this->path}.keys";
        clearstatcache();
        if (!is_file($file) || time() - filemtime($file) >= $most_seconds) {
            try {
                $reply = $this->ask('GetPublicKeys', to_json(['CinemaCode' => $this->cinema]))['PublicKeys'] ?? [];
                if (usable_keys($reply)) { // an empty or unusable reply changes nothing
                    replace($file, to_json($reply));
                }
            } catch (Refused $refused) { // those received before stay in use
                if ($most_seconds === 0) {
                    throw new Refused('KEYS_PENDING', $refused->reason);
                }
            }
        }
        return usable_keys(json_decode(read($file) ?: '[]', true)) ?: throw new Refused('KEYS_UNAVAILABLE');
    }

    /** Fills in what the code does not contain, and answers what the platform knows of the ticket. */
    public function complete(array &$record): array
    {
        $query = ['FilmTicketCode' => $record['FilmTicketCode'], 'StartTime' => $record['StartTime']];
        try {
            $ticket = $this->ask('GetTicketInfo', to_json(['CinemaCode' => $this->cinema, ...$query]));
        } catch (Refused $refused) {
            if ($refused->reason !== 'TICKET_NOT_FOUND') {
                throw $refused;
            }
            $ticket = UNKNOWN_TICKET;
        }
        foreach (RECORD as $name) {
            if (in_array($record[$name], ['', 0], true)) {
                $record[$name] = $ticket[$name] ?? $record[$name];
            }
        }
        $record['TicketType'] = $record['TicketType'] ?: ANY_TICKET_TYPE;
        return $ticket;
    }

    /** Reports records, completed, and answers whether all of them were taken. */
    public function send(array $batch): bool
    {
        foreach ($batch as &$record) {
            if ($record['TicketType'] !== '') {
                continue;
            }
            try {
                $this->complete($record); // of a guest let in while nobody could be asked
            } catch (Refused $refused) {
                if ($refused->reason === 'NO_ANSWER') {
                    throw $refused;
                }
                $record['TicketType'] = ANY_TICKET_TYPE; // the platform cannot ask either, but takes records
            }
        }
        unset($record);
        $records = implode(',', array_map(printed(...), $batch));
        $query = '{"CinemaCode":' . to_json($this->cinema) . ",\"CheckTickets\":[$records]}";
        return in_array($this->ask('ReportOriginalCheckTickets', $query)['ReportResult'] ?? false, [true, 'true'], true);
    }
}

function usable_keys(array $listed): array
{
    $keys = array_map(fn($key) => load_public_key($key['PublicKey']), decryption_order($listed, shanghai_time()));
    return array_values(array_filter($keys)); // one bad key does not take the others away
}

function read(string $path): string
{
    return is_file($path) ? file_get_contents($path) : '';
}

function write(string $path, string $text, string $mode = 'w'): void
{
    $file = fopen($path, $mode);
    if (fwrite($file, $text) !== strlen($text) || !fsync($file)) { // it outlives a power cut
        throw new RuntimeException("cannot write $path");
    }
    fclose($file);
}

function replace(string $path, string $text): void
{
    write("$path.new", $text);
    rename("$path.new", $path);
}

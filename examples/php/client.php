<?php
/** A terminal of the plain scheme: scans tickets with or without the platform, and reports who was let in. */
declare(strict_types=1);
require_once __DIR__ . '/upstream.php';
require_once __DIR__ . '/vectors.php';

const USAGE = <<<'TEXT'
    client.php vectors DIR         compares with the test vectors
    client.php scan BUNDLE CODE…   decides each code that a scanner read, one line each
    client.php backfill BUNDLE     reports what still waits

    TEXT;

/** Keeps beside its bundle .keys, .records (a line each, oldest first), .sent (how many of them) and .refused. */
final class Terminal
{
    private readonly Upstream $upstream;
    private array $records = [];

    public function __construct(private readonly string $path)
    {
        $this->upstream = new Upstream($path);
        $lines = explode("\n", read("$path.records"));
        if (array_pop($lines) !== '') { // torn by a power cut: its guest got no answer
            replace("$path.records", implode(array_map(fn($line) => "$line\n", $lines)));
        }
        foreach ($lines as $line) {
            $this->records[] = json_decode($line, true, flags: JSON_THROW_ON_ERROR);
        }
    }

    /** Answers the record of a guest who may go in; throws Refused with the verdict for others. */
    public function scan(string $code): array
    {
        if (strlen($code) >= 180 && !str_starts_with($code, $this->upstream->cinema)) {
            throw new Refused('WRONG_CINEMA');
        }
        try {
            $fields = decode_code($code, $this->upstream->keys(30 * 60)); // 5.1.5
        } catch (Refused $refused) {
            if ($refused->reason !== 'CODE_NOT_GENUINE') {
                throw $refused;
            }
            $fields = decode_code($code, $this->upstream->keys(0)); // the cinema may have a new Ukey
        }
        $record = ['TicketInfoCode' => $code, 'CheckTime' => shanghai_time()];
        foreach (RECORD as $name) {
            $record[$name] ??= $fields[$name] ?? '';
        }
        if ($record['StartTime'] > shanghai_time(60)) {
            throw new Refused('TOO_EARLY');
        }
        if ($record['StartTime'] < shanghai_time(-120)) {
            throw new Refused('EXPIRED');
        }
        try {
            $ticket = $this->upstream->complete($record);
        } catch (Refused) {
            $ticket = UNKNOWN_TICKET; // nobody to ask: the terminal decides by itself
        }
        $refund_status = $ticket['RefundStatus'] ?? '';
        $check_status = $ticket['CheckStatus'] ?? '';
        if ($refund_status === 'Yes') {
            throw new Refused('REFUNDED');
        }
        $entered = in_array(identity($record), array_map(identity(...), $this->records), true);
        if ($entered || $check_status === 'Yes') {
            throw new Refused('ALREADY_ENTERED');
        }
        // Missing, or a word that the scheme does not name: staff has to ask.
        if ($refund_status !== 'No') {
            throw new Refused('REFUND_UNKNOWN');
        }
        if ($check_status !== 'No') {
            throw new Refused('CHECK_UNKNOWN');
        }
        write("{$this->path}.records", printed($record) . "\n", 'a'); // on the disk before the gate opens
        return $this->records[] = $record;
    }

    /** Sends what waits, oldest first, and answers how many records still wait. */
    public function report(): int
    {
        $at = $sent = (int) read("{$this->path}.sent");
        $size = 100; // the scheme allows 1000; fewer are answered within the timeout
        while ($at < count($this->records)) {
            $batch = array_slice($this->records, $at, $size);
            try {
                $accepted = $this->upstream->send($batch);
            } catch (Refused $refused) {
                fwrite(STDERR, $refused->getMessage() . "\n");
                break; // the line, the account or the platform is at fault: everything is kept and sent again
            }
            if ($accepted) {
                // Those before it that it refused one by one are at fault themselves: a person has to look at them.
                foreach (array_slice($this->records, $sent, $at - $sent) as $record) {
                    write("{$this->path}.refused", printed($record) . "\n", 'a');
                }
                $at = $sent = $at + count($batch);
                replace("{$this->path}.sent", (string) $sent);
                $size = 100;
            } elseif (count($batch) > 1) {
                $size = intdiv(count($batch), 2); // nothing of it was kept: look for the record at fault
            } else {
                $at++;
            }
        }
        return count($this->records) - $sent;
    }
}

function identity(array $record): string
{
    return $record['FilmTicketCode'] . $record['StartTime'];
}

function main(array $arguments): int
{
    if (count($arguments) < 2) {
        fwrite(STDERR, USAGE);
        return 2;
    }
    [$command, $path] = $arguments;
    if ($command === 'vectors') {
        return check_vectors($path) ? 0 : 1;
    }
    $terminal = new Terminal($path);
    foreach (array_slice($arguments, 2) as $code) {
        try {
            $record = $terminal->scan($code);
            echo "ADMIT {$record['FilmTicketCode']} ", $record['TicketType'] === '' ? 'offline' : 'asked', "\n";
        } catch (Refused $refused) {
            echo "REFUSE {$refused->reason}\n";
        }
    }
    $waiting = $terminal->report();
    echo "$waiting waiting\n";
    return $waiting === 0 ? 0 : 1;
}

exit(main(array_slice($argv, 1)));

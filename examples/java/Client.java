import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A terminal of the plain scheme: scans tickets with or without the platform, and reports who was let in. */
public final class Client {
    private static final String USAGE = """
        Client vectors DIR         compares with the test vectors
        Client scan BUNDLE CODE…   decides each code that a scanner read, one line each
        Client backfill BUNDLE     reports what still waits
        Client platform DIR PORT   serves DIR as a minimal national platform (Platform.java)
        """;

    /** Beside the bundle: a line each, oldest first; how many of them were sent; which were refused one by one. */
    private final Path recordsFile;
    private final Path sentFile;
    private final Path refusedFile;
    private final Upstream upstream;
    private final List<Map<String, Object>> records = new ArrayList<>();

    Client(String path) throws IOException, GeneralSecurityException {
        upstream = new Upstream(path);
        recordsFile = Path.of(path + ".records");
        sentFile = Path.of(path + ".sent");
        refusedFile = Path.of(path + ".refused");
        for (String line : wholeLines(recordsFile)) records.add(Json.object(line));
    }

    /** Answers the record of a guest who may go in; throws Refused with the verdict for others. */
    Map<String, Object> scan(String code) throws Scheme.Refused, IOException {
        if (code.length() >= 180 && !code.startsWith(upstream.cinema)) throw new Scheme.Refused("WRONG_CINEMA");
        Map<String, String> fields;
        try {
            fields = Scheme.decodeCode(code, upstream.keys(30)); // 5.1.5
        } catch (Scheme.Refused refused) {
            if (!refused.code.equals("CODE_NOT_GENUINE")) throw refused;
            fields = Scheme.decodeCode(code, upstream.keys(0)); // the cinema may have a new Ukey
        }
        Map<String, Object> record = new HashMap<>();
        for (String name : Upstream.RECORD) record.put(name, fields.getOrDefault(name, ""));
        record.put("TicketInfoCode", code);
        record.put("CheckTime", Scheme.shanghaiTime(0));
        String startTime = fields.get("StartTime");
        if (startTime.compareTo(Scheme.shanghaiTime(60)) > 0) throw new Scheme.Refused("TOO_EARLY");
        if (startTime.compareTo(Scheme.shanghaiTime(-120)) < 0) throw new Scheme.Refused("EXPIRED");
        Map<String, Object> ticket = Upstream.UNKNOWN_TICKET;
        try {
            ticket = upstream.complete(record);
        } catch (Scheme.Refused nobodyToAsk) {
            // the terminal decides by itself
        }
        Object refundStatus = ticket.get("RefundStatus"), checkStatus = ticket.get("CheckStatus");
        if ("Yes".equals(refundStatus)) throw new Scheme.Refused("REFUNDED");
        boolean entered = records.stream().anyMatch(other -> isSameTicket(record, other));
        if (entered || "Yes".equals(checkStatus)) throw new Scheme.Refused("ALREADY_ENTERED");
        // Missing, or a word that the scheme does not name: staff has to ask.
        if (!"No".equals(refundStatus)) throw new Scheme.Refused("REFUND_UNKNOWN");
        if (!"No".equals(checkStatus)) throw new Scheme.Refused("CHECK_UNKNOWN");
        append(recordsFile, record); // on the disk before the gate opens
        records.add(record);
        return record;
    }

    /** Sends what waits, oldest first, and answers how many records still wait. */
    int report() throws IOException {
        String count = read(sentFile);
        int sent = count.isEmpty() ? 0 : Integer.parseInt(count);
        int size = 100; // the scheme allows 1000; fewer are answered within the timeout
        for (int at = sent; at < records.size(); ) {
            List<Map<String, Object>> batch = records.subList(at, Math.min(at + size, records.size()));
            boolean accepted;
            try {
                accepted = upstream.send(batch);
            } catch (Scheme.Refused refused) {
                System.err.println(refused.getMessage());
                break; // the line, the account or the platform is at fault: everything is kept and sent again
            }
            if (accepted) {
                // Those before it that it refused one by one are at fault themselves: a person has to look at them.
                for (Map<String, Object> record : records.subList(sent, at)) append(refusedFile, record);
                at += batch.size();
                sent = at;
                replace(sentFile, String.valueOf(sent));
                size = 100;
            } else if (batch.size() > 1) {
                size = batch.size() / 2; // nothing of it was kept: look for the record at fault
            } else {
                at++;
            }
        }
        return records.size() - sent;
    }

    private static boolean isSameTicket(Map<String, Object> one, Map<String, Object> other) {
        return one.get("FilmTicketCode").equals(other.get("FilmTicketCode"))
            && one.get("StartTime").equals(other.get("StartTime"));
    }

    /** Cuts off what a power cut has torn: nobody got an answer to it. */
    static List<String> wholeLines(Path file) throws IOException {
        String text = read(file);
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        if (whole.length() < text.length()) replace(file, whole);
        return whole.lines().toList();
    }

    static String read(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
    }

    private static void append(Path file, Map<String, Object> record) throws IOException {
        write(file, Upstream.printed(Upstream.RECORD, record) + "\n", StandardOpenOption.APPEND);
    }

    static void replace(Path file, String text) throws IOException {
        Path next = Path.of(file + ".new");
        write(next, text, StandardOpenOption.TRUNCATE_EXISTING);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    static void write(Path file, String text, OpenOption how) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true); // it outlives a power cut
        }
    }

    public static void main(String[] args) throws Exception {
        if (args.length < 2) {
            System.err.print(USAGE);
            System.exit(2);
        }
        if (args[0].equals("vectors")) System.exit(Vectors.check(Path.of(args[1])) ? 0 : 1);
        if (args[0].equals("platform")) {
            Server.start(Path.of(args[1]), Integer.parseInt(args[2]));
            return;
        }
        Client terminal = new Client(args[1]);
        for (String code : List.of(args).subList(2, args.length)) {
            try {
                Map<String, Object> record = terminal.scan(code);
                String known = record.get("TicketType").equals("") ? "offline" : "asked";
                System.out.println("ADMIT " + record.get("FilmTicketCode") + " " + known);
            } catch (Scheme.Refused refused) {
                System.out.println("REFUSE " + refused.code);
            }
        }
        int waiting = terminal.report();
        System.out.println(waiting + " waiting");
        System.exit(waiting == 0 ? 0 : 1);
    }
}

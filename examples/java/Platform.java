import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.interfaces.RSAPublicKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A minimal national platform. It serves what the files of a folder say, read for each request: accounts, public-keys,
 * tickets and refunds, in the lines of JSON that our platform imports. It keeps what is reported in records and
 * quarantined. Each is a .ndjson file; tls.pem and tls.key are the certificate.
 */
final class Platform {
    private static final List<String> TICKET = List.of("CinemaCode", "CinemaName", "ScreenCode", "ScreenName",
        "FilmCode", "FilmName", "SessionCode", "StartTime", "TicketType", "SellTime", "FilmTicketCode", "RowNum", "ColumnNum",
        "Price", "Service", "CheckStatus", "RefundStatus", "RefundTime");
    private static final List<String> STORED =
        Stream.concat(Stream.of("Account", "CinemaCode"), Upstream.RECORD.stream()).toList();

    private final Path folder;

    Platform(Path folder) throws IOException {
        this.folder = folder;
        for (String name : List.of("records", "quarantined")) Client.wholeLines(path(name));
    }

    String publicKeys(String cinema) throws Server.Failure, IOException {
        List<Scheme.CinemaKey> keys = keys(cinema);
        if (keys.isEmpty()) throw new Server.Failure(200, "CINEMA_UNKNOWN", "no cinema has this code");
        return Scheme.inForce(keys, Scheme.shanghaiTime(0)).stream()
            .map(key -> Json.objectOf("PublicKey", key.publicKey(), "StartTime", key.startTime()))
            .collect(Collectors.joining(",", "{\"PublicKeys\":[", "]}"));
    }

    private List<Scheme.CinemaKey> keys(String cinema) throws IOException {
        return lines("public-keys").stream().filter(key -> key.get("CinemaCode").equals(cinema))
            .map(key -> new Scheme.CinemaKey((String) key.get("PublicKey"), (String) key.get("StartTime"))).toList();
    }

    String ticketInfo(Map<String, Object> query) throws Server.Failure, IOException {
        Map<String, Object> ticket = find("tickets", query);
        if (ticket == null) throw new Server.Failure(200, "TICKET_NOT_FOUND", "no such ticket was sold");
        Map<String, Object> refund = find("refunds", query);
        ticket.put("CheckStatus", find("records", query) == null ? "No" : "Yes");
        ticket.put("RefundStatus", refund == null ? "No" : "Yes");
        ticket.put("RefundTime", refund == null ? "" : refund.get("RefundTime"));
        return Upstream.printed(TICKET, ticket);
    }

    private Map<String, Object> find(String name, Map<String, Object> query) throws IOException {
        List<String> identity = List.of("CinemaCode", "FilmTicketCode", "StartTime");
        for (Map<String, Object> line : lines(name))
            if (identity.stream().allMatch(element -> query.get(element).equals(line.get(element)))) return line;
        return null;
    }

    /** Answers true only when every record is on the disk. With a malformed one nothing of the batch is kept. */
    synchronized String keep(String account, String cinema, List<?> records) throws Server.Failure, IOException {
        if (records.size() > 1000) throw new Server.Failure(400, "TOO_MANY_RECORDS", "at most 1000 records");
        Set<List<Object>> known = new HashSet<>();
        for (String name : List.of("records", "quarantined"))
            for (Map<String, Object> line : lines(name)) known.add(identity(line));
        List<RSAPublicKey> keys = Upstream.usable(keys(cinema)); // all that it ever had: records may come late
        Map<String, String> kept = new HashMap<>();
        for (int i = 0; i < records.size(); i++) {
            Map<String, Object> record = new HashMap<>(Map.of("Account", account, "CinemaCode", cinema));
            String wrong = read((Map<?, ?>) records.get(i), record);
            if (wrong != null) return refusal("CheckTickets[" + i + "]: " + wrong);
            if (!known.add(identity(record))) continue; // sent again, because the reply was lost
            String name = contradictsItsCode(record, keys) ? "quarantined" : "records"; // evidence, but no entry
            kept.merge(name, Upstream.printed(STORED, record) + "\n", String::concat);
        }
        for (Map.Entry<String, String> file : kept.entrySet())
            Client.write(path(file.getKey()), file.getValue(), StandardOpenOption.APPEND);
        return "{\"ReportResult\":true}";
    }

    /** Reads the elements into a record; answers what is wrong with one of them, or null. */
    private static String read(Map<?, ?> elements, Map<String, Object> record) {
        for (String name : Upstream.RECORD) {
            if (!(elements.get(name) instanceof String text)) return name + " is missing";
            record.put(name, text);
            boolean wellFormed = switch (name) {
                case "RowNum", "ColumnNum" -> text.matches("-?\\d{1,9}");
                case "Price", "Service" -> text.matches("\\d{1,6}(\\.\\d+)?") && Double.parseDouble(text) <= 100000;
                case "CheckTime", "StartTime" -> Scheme.isTime(text);
                case "TicketType" -> List.of("现场售票", "网络售票").contains(text);
                case "FilmCode" -> text.length() == 12;
                case "ScreenCode", "SessionCode", "FilmTicketCode" -> text.length() == 16;
                case "TicketInfoCode" -> refusalOf(text, List.of()).equals("CODE_NOT_GENUINE"); // no key was tried
                default -> true;
            };
            if (!wellFormed) return name + " has not its form";
        }
        return null;
    }

    /** The code of the refusal of a ticket info code, or "". */
    private static String refusalOf(String code, List<RSAPublicKey> keys) {
        try {
            Scheme.decodeCode(code, keys);
            return "";
        } catch (Scheme.Refused refused) {
            return refused.code;
        }
    }

    private static String refusal(String message) {
        return """
            {"ReportResult":false,"ErrorCode":"INVALID_QUERY","ErrorMessage":%s}""".formatted(Json.quoted(message));
    }

    /** The same record again is the same account, ticket and CheckTime. */
    private static List<Object> identity(Map<String, Object> record) {
        List<String> names = List.of("Account", "CinemaCode", "FilmTicketCode", "StartTime", "CheckTime");
        return names.stream().map(record::get).toList();
    }

    private static boolean contradictsItsCode(Map<String, Object> record, List<RSAPublicKey> keys) {
        try {
            Map<String, String> fields = Scheme.decodeCode((String) record.get("TicketInfoCode"), keys);
            return !fields.get("FilmTicketCode").equals(record.get("FilmTicketCode"))
                || !fields.get("StartTime").equals(record.get("StartTime"));
        } catch (Scheme.Refused refused) {
            return true;
        }
    }

    private Path path(String name) {
        return folder.resolve(name + ".ndjson");
    }

    List<Map<String, Object>> lines(String name) throws IOException {
        return Client.read(path(name)).lines().map(Json::object).toList();
    }
}

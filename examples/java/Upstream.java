import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What a terminal asks the platform above it: a third-party platform or the national one, with the same three Apis. */
final class Upstream {
    /** What a check record contains, in this order (6.6.2). */
    static final List<String> RECORD = List.of("TicketInfoCode", "CheckTime", "ScreenCode", "ScreenName",
        "FilmCode", "FilmName", "SessionCode", "StartTime", "TicketType", "FilmTicketCode", "RowNum", "ColumnNum",
        "Price", "Service");
    private static final Map<String, Integer> DECIMALS = Map.of("RowNum", 0, "ColumnNum", 0, "Price", 2, "Service", 2);
    /** Of a ticket of which nothing is known: TicketType may not be empty. */
    private static final String ANY_TICKET_TYPE = "网络售票";
    /** Where nobody answers, or knows the ticket. */
    static final Map<String, Object> UNKNOWN_TICKET = Map.of("RefundStatus", "No", "CheckStatus", "No");

    final String cinema;
    private final Path keysFile;
    private final Map<String, Object> bundle;
    private final PrivateKey key;
    private final HttpClient client;

    Upstream(String path) throws IOException, GeneralSecurityException {
        bundle = Json.object(Files.readString(Path.of(path)));
        cinema = (String) ((List<?>) bundle.get("CinemaCodes")).get(0);
        key = Scheme.loadPrivateKey((String) bundle.get("PrivateKey"));
        keysFile = Path.of(path + ".keys");
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType()); // the CA of this platform and no other
        trusted.load(null, null);
        String pem = (String) bundle.get("CaCertificate");
        InputStream ca = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
        trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, managers.getTrustManagers(), null);
        client = HttpClient.newBuilder().sslContext(tls).connectTimeout(Duration.ofSeconds(5)).build();
    }

    /** Answers the text of ReplyData. The text of QueryData that is signed is the one that is sent. */
    private String ask(String api, String query) throws Scheme.Refused {
        try {
            String username = (String) bundle.get("Username");
            String datetime = Scheme.shanghaiTime(0);
            String signature = Scheme.sign(key, "1.0" + datetime + username + api + query, "hex");
            String body = """
                {"Version":"1.0","Datetime":"%s","Username":%s,"Api":"%s","Signature":"%s","QueryData":%s}"""
                .formatted(datetime, Json.quoted(username), api, signature, query);
            HttpRequest request = HttpRequest.newBuilder(URI.create((String) bundle.get("Url")))
                .timeout(Duration.ofSeconds(5)).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build();
            // An error keeps the envelope, whatever the HTTP status.
            String reply = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            String replyData = Json.rawMembers(reply).get("ReplyData");
            Map<String, Object> data = Json.object(replyData);
            if (data.containsKey("ErrorCode") && !data.containsKey("ReportResult"))
                throw new Scheme.Refused((String) data.get("ErrorCode"), (String) data.get("ErrorMessage"));
            return replyData;
        } catch (IOException | RuntimeException | GeneralSecurityException error) {
            throw new Scheme.Refused("NO_ANSWER", error.toString());
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** The cinema's keys, asked for again if they were received longer ago than this. */
    List<RSAPublicKey> keys(int mostMinutes) throws Scheme.Refused, IOException {
        boolean fresh = Files.exists(keysFile)
            && Files.getLastModifiedTime(keysFile).toInstant().isAfter(Instant.now().minusSeconds(mostMinutes * 60L));
        if (!fresh) {
            try {
                String reply = ask("GetPublicKeys", Json.objectOf("CinemaCode", cinema));
                if (!usable(reply).isEmpty()) Client.replace(keysFile, reply); // an unusable one changes nothing
            } catch (Scheme.Refused refused) { // those received before stay in use
                if (mostMinutes == 0) throw new Scheme.Refused("KEYS_PENDING", refused.code);
            }
        }
        List<RSAPublicKey> keys = Files.exists(keysFile) ? usable(Files.readString(keysFile)) : List.of();
        if (keys.isEmpty()) throw new Scheme.Refused("KEYS_UNAVAILABLE");
        return keys;
    }

    private static List<RSAPublicKey> usable(String reply) {
        List<Scheme.CinemaKey> listed = new ArrayList<>();
        if (Json.object(reply).get("PublicKeys") instanceof List<?> keys)
            for (Object each : keys)
                if (each instanceof Map<?, ?> key)
                    listed.add(new Scheme.CinemaKey((String) key.get("PublicKey"), (String) key.get("StartTime")));
        return usable(listed);
    }

    static List<RSAPublicKey> usable(List<Scheme.CinemaKey> listed) {
        List<RSAPublicKey> usable = new ArrayList<>();
        for (Scheme.CinemaKey each : Scheme.decryptionOrder(listed, Scheme.shanghaiTime(0))) {
            try {
                usable.add(Scheme.loadPublicKey(each.publicKey()));
            } catch (GeneralSecurityException one) {
                // does not take the others away
            }
        }
        return usable;
    }

    /** Fills in what the code does not contain, and answers what the platform knows of the ticket. */
    Map<String, Object> complete(Map<String, Object> record) throws Scheme.Refused {
        Map<String, Object> ticket = UNKNOWN_TICKET;
        try {
            ticket = Json.object(ask("GetTicketInfo", Json.objectOf("CinemaCode", cinema,
                "FilmTicketCode", (String) record.get("FilmTicketCode"), "StartTime", (String) record.get("StartTime"))));
        } catch (Scheme.Refused refused) {
            if (!refused.code.equals("TICKET_NOT_FOUND")) throw refused;
        }
        for (String name : RECORD)
            if (List.of("", "0", "0.00").contains(record.get(name)) && ticket.get(name) instanceof String known)
                record.put(name, known);
        if (record.get("TicketType").equals("")) record.put("TicketType", ANY_TICKET_TYPE);
        return ticket;
    }

    /** Reports records, completed, and answers whether all of them were taken. */
    boolean send(List<Map<String, Object>> batch) throws Scheme.Refused {
        for (Map<String, Object> record : batch) {
            if (!record.get("TicketType").equals("")) continue;
            try {
                complete(record); // of a guest let in while nobody could be asked
            } catch (Scheme.Refused refused) {
                if (refused.code.equals("NO_ANSWER")) throw refused;
                record.put("TicketType", ANY_TICKET_TYPE); // the platform cannot ask either, but takes records
            }
        }
        String records = batch.stream().map(record -> printed(RECORD, record)).collect(Collectors.joining(","));
        String reply = ask("ReportOriginalCheckTickets",
            "{\"CinemaCode\":%s,\"CheckTickets\":[%s]}".formatted(Json.quoted(cinema), records));
        return "true".equals(Json.object(reply).get("ReportResult"));
    }

    /** A line of JSON; amounts have two decimals. */
    static String printed(List<String> names, Map<String, Object> record) {
        return names.stream().map(name -> Json.quoted(name) + ":" + valueOf(name, (String) record.get(name)))
            .collect(Collectors.joining(",", "{", "}"));
    }

    private static String valueOf(String name, String value) {
        if (!DECIMALS.containsKey(name)) return Json.quoted(value);
        // A ticket code may have a malformed amount.
        BigDecimal number = value.matches("\\d+(\\.\\d+)?") ? new BigDecimal(value) : BigDecimal.ZERO;
        return number.setScale(DECIMALS.get(name), RoundingMode.HALF_UP).toPlainString();
    }
}

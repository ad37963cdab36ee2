import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** The envelope (6.5) as a server reads and answers it. */
final class Server {
    /** What ReplyData is instead of an answer, with the HTTP status. */
    @SuppressWarnings("serial")
    static final class Failure extends Exception {
        final int status;
        final String reply;

        Failure(int status, String code, String message) {
            this.status = status;
            reply = Json.objectOf("ErrorCode", code, "ErrorMessage", message);
        }
    }

    private final Path folder;
    private final Platform platform;

    private Server(Path folder) throws IOException {
        this.folder = folder;
        platform = new Platform(folder);
    }

    static void start(Path folder, int port) throws IOException, GeneralSecurityException {
        Server own = new Server(folder);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(port), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(own.tls()));
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", own::handle);
        server.start();
    }

    private SSLContext tls() throws IOException, GeneralSecurityException {
        InputStream pem = new ByteArrayInputStream(Files.readAllBytes(folder.resolve("tls.pem")));
        Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(pem);
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry("tls", Scheme.loadPrivateKey(Files.readString(folder.resolve("tls.key"))), new char[0],
            new Certificate[] {certificate});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(own, new char[0]);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        return tls;
    }

    private void handle(HttpExchange exchange) throws IOException {
        int status = 200;
        String replyData;
        try (exchange) {
            try {
                if (!exchange.getRequestMethod().equals("POST"))
                    throw new Failure(405, "METHOD_NOT_ALLOWED", "requests of the scheme are sent with POST");
                replyData = answer(new String(exchange.getRequestBody().readNBytes(4_000_000), StandardCharsets.UTF_8));
            } catch (Failure failure) {
                status = failure.status;
                replyData = failure.reply;
            } catch (GeneralSecurityException | RuntimeException error) {
                error.printStackTrace();
                status = 500;
                replyData = Json.objectOf("ErrorCode", "INTERNAL_ERROR", "ErrorMessage", "the server failed");
            }
            String reply = """
                {"Version":"1.0","Datetime":"%s","ReplyData":%s}""".formatted(Scheme.shanghaiTime(0), replyData);
            byte[] bytes = reply.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private String answer(String body) throws Failure, IOException, GeneralSecurityException {
        Map<String, Object> request;
        Map<String, Object> query;
        try {
            request = Json.object(body); // refuses an element that occurs twice: another one may have been signed
            for (String name : List.of("Version", "Datetime", "Username", "Api", "Signature"))
                if (!(request.get(name) instanceof String text) || text.isEmpty())
                    throw new IllegalArgumentException(name + " is missing");
            query = Json.object(Json.rawMembers(body).get("QueryData"));
        } catch (RuntimeException wrong) {
            throw new Failure(400, "INVALID_ENVELOPE", String.valueOf(wrong.getMessage()));
        }
        String datetime = (String) request.get("Datetime");
        if (!List.of("1.0", "1").contains(request.get("Version")))
            throw new Failure(400, "VERSION_UNSUPPORTED", "Version is not 1.0");
        if (!Scheme.isTime(datetime)) throw new Failure(400, "INVALID_ENVELOPE", "Datetime must be YYYY-MM-DDThh:mm:ss");
        if (datetime.compareTo(Scheme.shanghaiTime(-5)) < 0 || datetime.compareTo(Scheme.shanghaiTime(5)) > 0)
            throw new Failure(401, "CLOCK_SKEW", "Datetime is too far from " + Scheme.shanghaiTime(0));
        Map<String, Object> account = null;
        for (Map<String, Object> each : platform.lines("accounts"))
            if (each.get("Username").equals(request.get("Username"))) account = each;
        // An unknown name gets the same answer as a wrong signature.
        if (account == null || !Vectors.verifies(Scheme.loadPublicKey((String) account.get("PublicKey")), body))
            throw new Failure(401, "SIGNATURE_INVALID", "the user is unknown, or Signature does not fit");
        String cinema = (String) query.get("CinemaCode");
        if (!((List<?>) account.get("CinemaCodes")).contains(cinema))
            throw new Failure(403, "CINEMA_NOT_ALLOWED", "not a cinema of this account");
        return switch ((String) request.get("Api")) {
            case "GetPublicKeys" -> platform.publicKeys(cinema);
            case "GetTicketInfo" -> platform.ticketInfo(query);
            case "ReportOriginalCheckTickets" ->
                platform.keep((String) request.get("Username"), cinema, (List<?>) query.get("CheckTickets"));
            default -> throw new Failure(404, "API_UNKNOWN", "no such Api");
        };
    }
}

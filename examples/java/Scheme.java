import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Cipher;

/** Ticket info codes, signatures and check records of the scheme (第三方检票平台技术方案). */
final class Scheme {
    /** Says why a ticket or a request is refused: a verdict or an error's code (docs/protocol.md), and a detail. */
    @SuppressWarnings("serial")
    static final class Refused extends Exception {
        final String code;
        final String detail;

        Refused(String code, String detail) {
            super(code + ": " + detail);
            this.code = code;
            this.detail = detail;
        }

        Refused(String code) {
            this(code, "");
        }
    }

    // RSA: ticket codes and signatures are PKCS #1 blocks of type 1, made with a private key, opened with the public.

    /** A private key makes a block of type 1, and no DigestInfo is added: the usual payload is 32 bare hex digits. */
    static byte[] sealBlock(PrivateKey key, byte[] payload) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("RSA/ECB/PKCS1Padding");
        cipher.init(Cipher.ENCRYPT_MODE, key);
        return cipher.doFinal(payload);
    }

    /** The payload, opened with the first key that fits, or null. */
    static byte[] openBlock(List<RSAPublicKey> keys, byte[] block) {
        for (RSAPublicKey key : keys) {
            try {
                Cipher cipher = Cipher.getInstance("RSA/ECB/PKCS1Padding");
                cipher.init(Cipher.DECRYPT_MODE, key);
                return cipher.doFinal(block);
            } catch (GeneralSecurityException doesNotFit) {
                // the next key may
            }
        }
        return null;
    }

    static PrivateKey loadPrivateKey(String pem) throws GeneralSecurityException {
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(fromPem(pem)));
    }

    /** Reads Base64 of the DER form, also in PEM armour. */
    static RSAPublicKey loadPublicKey(String text) throws GeneralSecurityException {
        X509EncodedKeySpec der = new X509EncodedKeySpec(fromPem(text));
        RSAPublicKey key = (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(der);
        // Under a small exponent anybody can forge a block: it contains no hash.
        if (key.getModulus().bitLength() < 1024 || key.getPublicExponent().bitLength() < 17)
            throw new GeneralSecurityException("not a usable RSA key");
        return key;
    }

    private static byte[] fromPem(String text) throws GeneralSecurityException {
        try {
            return Base64.getDecoder().decode(text.replaceAll("-----[^-]+-----|\\s", ""));
        } catch (IllegalArgumentException wrong) {
            throw new GeneralSecurityException(wrong);
        }
    }

    /** The bytes, or nothing: a lenient decoder would take several texts for the same bytes. */
    static byte[] decodeBase64(String text) {
        try {
            byte[] data = Base64.getDecoder().decode(text);
            return Base64.getEncoder().encodeToString(data).equals(text) ? data : new byte[0];
        } catch (IllegalArgumentException wrong) {
            return new byte[0];
        }
    }

    /** A key of a cinema, as GetPublicKeys answers it. */
    record CinemaKey(String publicKey, String startTime) {}

    /** Those that have started, newest first; then announced ones, since a box office may be minutes ahead. */
    static List<CinemaKey> decryptionOrder(List<CinemaKey> keys, String now) {
        Stream<CinemaKey> started = keys.stream().filter(key -> key.startTime.compareTo(now) <= 0)
            .sorted((a, b) -> b.startTime.compareTo(a.startTime));
        Stream<CinemaKey> announced = keys.stream().filter(key -> key.startTime.compareTo(now) > 0)
            .sorted((a, b) -> a.startTime.compareTo(b.startTime));
        return Stream.concat(started, announced).toList();
    }

    /**
     * The keys of the last 6 months (6.6.1), newest first: announced ones, the current one however old, and those whose
     * successor started within them. A filter by StartTime would silence every cinema with an older Ukey.
     */
    static List<CinemaKey> inForce(List<CinemaKey> keys, String now) {
        List<CinemaKey> newestFirst = keys.stream().sorted((a, b) -> b.startTime.compareTo(a.startTime)).toList();
        String since = LocalDateTime.parse(now).minusMonths(6).format(TIME);
        int until = 0;
        while (until < keys.size() && (until == 0 || newestFirst.get(until - 1).startTime.compareTo(since) > 0)) until++;
        return newestFirst.subList(0, until);
    }

    // Ticket info codes (5.1.2): 8 characters in clear, then Base64 of one block with the other 107 bytes.

    private static final String CODE = "[!#-&(-\\[\\]-_a-~]+"; // printable ASCII without space, quotes and backslash
    private static final List<String> FIELDS =
        List.of("FilmTicketCode", "ScreenCode", "FilmCode", "SessionCode", "StartTime", "SeatCode", "Price", "Service");
    private static final int[] LENGTHS = {16, 16, 12, 16, 19, 16, 6, 6};

    static Map<String, String> decodeCode(String text, List<RSAPublicKey> keys) throws Refused {
        if (text.length() < 180 || text.length() > 2740 || text.length() % 4 != 0) throw new Refused("CODE_LENGTH");
        String cinema = text.substring(0, 8);
        String rest = text.substring(8);
        boolean folded = rest.equals(rest.toUpperCase()) || rest.equals(rest.toLowerCase()); // by an input method
        if (folded || !cinema.matches(CODE) || !rest.matches("[A-Za-z0-9+/]+={0,2}")) throw new Refused("CODE_ALPHABET");
        byte[] block = decodeBase64(rest);
        if (block.length < 128) throw new Refused("CODE_BASE64");
        byte[] message = openBlock(keys, block);
        if (message == null) {
            boolean capsLock = openBlock(keys, decodeBase64(swapCase(rest))) != null;
            throw new Refused(capsLock ? "CODE_ALPHABET" : "CODE_NOT_GENUINE");
        }
        return readFields(cinema, message);
    }

    private static String swapCase(String text) {
        return text.chars().map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
            .mapToObj(Character::toString).collect(Collectors.joining());
    }

    /** The block contains no hash, so it is genuine only if every field has its form. */
    private static Map<String, String> readFields(String cinema, byte[] message) throws Refused {
        if (message.length != 107) throw new Refused("CODE_FIELD", "the content");
        Map<String, String> fields = new LinkedHashMap<>(Map.of("CinemaCode", cinema));
        int at = 0;
        for (int i = 0; i < LENGTHS.length; at += LENGTHS[i++]) {
            String name = FIELDS.get(i);
            // Filled up with NUL bytes or spaces. Never strip the character 0: codes end in it.
            String value = new String(message, at, LENGTHS[i], StandardCharsets.ISO_8859_1).replaceAll("[\0 ]+$", "");
            boolean wellFormed = switch (name) {
                case "Price", "Service" -> value.matches("[ -~]*"); // a malformed amount leaves the ticket valid
                case "StartTime" -> isTime(value);
                default -> value.matches(CODE);
            };
            if (!wellFormed) throw new Refused("CODE_FIELD", name);
            boolean isCode = name.endsWith("Code"); // JSON has codes in full length
            fields.put(name, isCode ? value + "0".repeat(LENGTHS[i] - value.length()) : value);
        }
        return fields;
    }

    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withResolverStyle(ResolverStyle.STRICT);

    static boolean isTime(String text) {
        try {
            return TIME.parse(text) != null;
        } catch (DateTimeParseException wrong) {
            return false;
        }
    }

    /** Every time of the scheme is the wall clock of Shanghai, whatever the zone of the machine. */
    static String shanghaiTime(int minutesFromNow) {
        return LocalDateTime.now(ZoneId.of("Asia/Shanghai")).plusMinutes(minutesFromNow).format(TIME);
    }

    // Signatures (6.5.2.5): over Version + Datetime + Username + Api + QueryData, without separators.

    static Map<String, byte[]> payloads(String text) throws GeneralSecurityException {
        byte[] md5 = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
        String hex = HexFormat.of().formatHex(md5);
        return Map.of("hex", hex.getBytes(), "HEX", hex.toUpperCase().getBytes(), "raw", md5,
            "digest-info", HexFormat.of().parseHex("3020300c06082a864886f70d020505000410" + hex));
    }

    static String sign(PrivateKey key, String text, String form) throws GeneralSecurityException {
        return Base64.getEncoder().encodeToString(sealBlock(key, payloads(text).get(form)));
    }
}

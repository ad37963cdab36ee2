import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Verifies signatures, as a server does, and compares all of it with the test vectors. */
final class Vectors {
    /** Over QueryData as its characters are in the body: parsed and printed again, 45.00 is 45.0. */
    static boolean verifies(RSAPublicKey key, String body) throws GeneralSecurityException {
        Map<String, Object> request = Json.object(body);
        Map<String, String> raw = Json.rawMembers(body);
        String head = "";
        for (String name : List.of("Version", "Datetime", "Username", "Api")) head += request.get(name);
        String query = raw.get("QueryData");
        String compact = query.replaceAll("(\"(?:[^\"\\\\]++|\\\\.)*+\")|\\s++", "$1"); // signed compact, sent spaced
        String signature = ((String) request.get("Signature")).replaceAll("[\r\n]", "");
        byte[] payload = Scheme.openBlock(List.of(key), Scheme.decodeBase64(signature));
        for (String text : List.of(head + query, head + compact))
            for (byte[] expected : Scheme.payloads(text).values())
                if (Arrays.equals(payload, expected)) return true;
        return false;
    }

    private interface Check {
        boolean isRight(Map<String, Object> vector) throws GeneralSecurityException, IOException;
    }

    private final Path directory;

    private Vectors(Path directory) {
        this.directory = directory;
    }

    /** Prints how many cases of each file come out as expected, and answers whether all do. */
    static boolean check(Path directory) throws GeneralSecurityException, IOException {
        Vectors vectors = new Vectors(directory);
        return vectors.check("ticket-codes", vectors::checkCode)
            & vectors.check("signatures", vectors::checkSignature)
            & vectors.check("key-order", vectors::checkOrder);
    }

    @SuppressWarnings("unchecked")
    private boolean check(String file, Check check) throws GeneralSecurityException, IOException {
        Map<String, Object> json = Json.object(Files.readString(directory.resolve(file + ".json")));
        List<Map<String, Object>> vectors = (List<Map<String, Object>>) json.get("cases");
        StringBuilder wrong = new StringBuilder();
        int right = 0;
        for (Map<String, Object> vector : vectors) {
            if (check.isRight(vector)) right++;
            else wrong.append("\n  wrong: ").append(vector.get("name"));
        }
        System.out.println(file + ": " + right + " of " + vectors.size() + wrong);
        return wrong.isEmpty();
    }

    private boolean checkCode(Map<String, Object> vector) throws GeneralSecurityException, IOException {
        List<RSAPublicKey> keys = new ArrayList<>();
        for (Object name : (List<?>) vector.get("keys")) keys.add(publicKey(name));
        try {
            Map<?, ?> expected = (Map<?, ?>) vector.get("expected");
            for (Map.Entry<String, String> field : Scheme.decodeCode((String) vector.get("code"), keys).entrySet()) {
                String name = field.getKey().substring(0, 1).toLowerCase() + field.getKey().substring(1);
                if (name.equals("price") || name.equals("service")) name += "Text";
                if (expected == null || !field.getValue().equals(expected.get(name))) return false;
            }
            return true;
        } catch (Scheme.Refused refused) {
            return refused.code.equals(vector.get("error"))
                && refused.detail.equals(Objects.requireNonNullElse(vector.get("field"), ""));
        }
    }

    private boolean checkSignature(Map<String, Object> vector) throws GeneralSecurityException, IOException {
        if (vector.get("sign") instanceof Map<?, ?> asked) {
            PrivateKey key = privateKey(asked.get("key"));
            String signature = Scheme.sign(key, (String) asked.get("text"), (String) asked.get("form"));
            if (!signature.equals(asked.get("signature"))) return false;
        }
        return verifies(publicKey(vector.get("key")), (String) vector.get("body")) == vector.get("valid").equals("true");
    }

    private boolean checkOrder(Map<String, Object> vector) {
        List<Scheme.CinemaKey> keys = new ArrayList<>();
        for (Object time : (List<?>) vector.get("startTimes")) keys.add(new Scheme.CinemaKey("", (String) time));
        String now = (String) vector.get("now");
        List<String> order = Scheme.decryptionOrder(keys, now).stream().map(Scheme.CinemaKey::startTime).toList();
        List<String> inForce = Scheme.inForce(keys, now).stream().map(Scheme.CinemaKey::startTime).toList();
        return order.equals(vector.get("order")) && inForce.equals(vector.get("inForce"));
    }

    private PrivateKey privateKey(Object name) throws GeneralSecurityException, IOException {
        return Scheme.loadPrivateKey(Files.readString(directory.resolve("test-keys/" + name + ".pem")));
    }

    private RSAPublicKey publicKey(Object name) throws GeneralSecurityException, IOException {
        RSAPrivateCrtKey key = (RSAPrivateCrtKey) privateKey(name);
        RSAPublicKeySpec publicHalf = new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent());
        return (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(publicHalf);
    }
}

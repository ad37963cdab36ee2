import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON, for which Java has no class: objects as Map, arrays as List, everything else as String. Numbers stay as they are
 * written.
 */
final class Json {
    private final String text;
    private int at;
    /** The members of the outermost object as their characters in the text: a server verifies signatures over them. */
    private final Map<String, String> raw = new LinkedHashMap<>();
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        if (json.peek() != '\0') throw json.wrong();
        return value;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(String text) {
        if (parse(text) instanceof Map<?, ?> map) return (Map<String, Object>) map;
        throw new IllegalArgumentException("not a JSON object");
    }

    /** The members of an object, each as its characters in the text. */
    static Map<String, String> rawMembers(String text) {
        Json json = new Json(text);
        json.value();
        return json.raw;
    }

    static String quoted(String value) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : value.toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < ' ') quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }

    /** An object of names and their texts, one after the other. */
    static String objectOf(String... namesAndTexts) {
        StringBuilder object = new StringBuilder();
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            object.append(i == 0 ? "{" : ",");
            object.append(quoted(namesAndTexts[i])).append(':').append(quoted(namesAndTexts[i + 1]));
        }
        return object.append('}').toString();
    }

    private Object value() {
        return switch (peek()) {
            case '{' -> members();
            case '[' -> elements();
            case '"' -> string();
            default -> word();
        };
    }

    private Map<String, Object> members() {
        Map<String, Object> members = new LinkedHashMap<>();
        depth++;
        for (take('{'); peek() != '}'; ) {
            String name = string();
            take(':');
            peek();
            int start = at;
            if (members.put(name, value()) != null) throw new IllegalArgumentException(name + " occurs twice");
            if (depth == 1) raw.put(name, text.substring(start, at));
            if (peek() != '}') take(',');
        }
        take('}');
        depth--;
        return members;
    }

    private List<Object> elements() {
        List<Object> elements = new ArrayList<>();
        depth++;
        for (take('['); peek() != ']'; ) {
            elements.add(value());
            if (peek() != ']') take(',');
        }
        take(']');
        depth--;
        return elements;
    }

    private String string() {
        StringBuilder string = new StringBuilder();
        take('"');
        while (text.charAt(at) != '"') {
            char c = text.charAt(at++);
            if (c != '\\') {
                string.append(c);
                continue;
            }
            c = text.charAt(at++);
            switch (c) {
                case 'b' -> string.append('\b');
                case 'f' -> string.append('\f');
                case 'n' -> string.append('\n');
                case 'r' -> string.append('\r');
                case 't' -> string.append('\t');
                case 'u' -> {
                    string.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                    at += 4;
                }
                default -> string.append(c);
            }
        }
        at++;
        return string.toString();
    }

    /** A number, true or false as it is written; null as "". */
    private String word() {
        int start = at;
        while (at < text.length() && "+-.0123456789Eaeflnrstu".indexOf(text.charAt(at)) >= 0) at++;
        if (at == start) throw wrong();
        String word = text.substring(start, at);
        return word.equals("null") ? "" : word;
    }

    /** The next character that is no white space, or NUL at the end. */
    private char peek() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private void take(char expected) {
        if (peek() != expected) throw wrong();
        at++;
    }

    private IllegalArgumentException wrong() {
        return new IllegalArgumentException("not JSON at character " + at);
    }
}

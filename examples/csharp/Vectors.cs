using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;

/// <summary>Verifies signatures, as a server does, and compares all of it with the test vectors.</summary>
public static class Vectors
{
    /// <summary>Over QueryData as its characters are in the body: parsed and printed again, 45.00 is 45.0.</summary>
    private static bool Verifies(RsaKey key, string body)
    {
        var request = Upstream.ParseJson(body);
        var names = new[] { "Version", "Datetime", "Username", "Api" };
        var head = string.Concat(names.Select(name => (string)request.Element(name)));
        var query = RawMember(body, "QueryData");
        var compact = Regex.Replace(query, @"(""(?:[^""\\]|\\.)*"")|\s+", "$1"); // signed compact, sent with white space
        var signature = Regex.Replace((string)request.Element("Signature"), "[\r\n]", "");
        var payload = RsaKey.OpenBlock(new[] { key }, Scheme.DecodeBase64(signature));
        return payload != null && new[] { query, compact }
            .SelectMany(text => Scheme.Payloads(head + text).Values).Any(expected => expected.SequenceEqual(payload));
    }

    /// <summary>A member of the outermost object as its characters in the text.</summary>
    private static string RawMember(string text, string name)
    {
        int depth = 0, start = -1;
        var found = false;
        foreach (Match token in Regex.Matches(text, @"""(?:[^""\\]|\\.)*""|[{}\[\],:]|[^\s""{}\[\],:]+"))
        {
            var isEnd = token.Value == "}" || token.Value == "]";
            if (depth == 1 && start >= 0 && (isEnd || token.Value == ","))
                return text.Substring(start, token.Index - start).Trim();
            if (token.Value == "{" || token.Value == "[") depth++;
            if (isEnd) depth--;
            if (depth == 1 && token.Value == ":" && found) start = token.Index + 1;
            found = depth == 1 && token.Value == "\"" + name + "\"";
        }
        return "";
    }

    /// <summary>Prints how many cases of each file come out as expected, and answers whether all do.</summary>
    public static bool Check(string directory)
    {
        var keys = new Dictionary<string, RsaKey>();
        Func<XElement, RsaKey> keyOf = name =>
        {
            var file = Path.Combine(directory, "test-keys", (string)name + ".pem");
            if (!keys.ContainsKey(file)) keys[file] = RsaKey.Load(File.ReadAllText(file));
            return keys[file];
        };
        var checks = new Dictionary<string, Func<XElement, bool>>
        {
            { "ticket-codes", vector => CheckCode(vector, vector.Element("keys").Elements().Select(keyOf).ToList()) },
            { "signatures", vector => CheckSignature(vector, keyOf) },
            { "key-order", CheckOrder },
        };
        var everyOne = true;
        foreach (var check in checks)
        {
            var file = File.ReadAllText(Path.Combine(directory, check.Key + ".json"));
            var vectors = Upstream.ParseJson(file).Element("cases").Elements().ToList();
            var wrong = vectors.Where(vector => !check.Value(vector)).ToList();
            Console.WriteLine("{0}: {1} of {2}", check.Key, vectors.Count - wrong.Count, vectors.Count);
            foreach (var vector in wrong) Console.WriteLine("  wrong: " + (string)vector.Element("name"));
            everyOne = everyOne && wrong.Count == 0;
        }
        return everyOne;
    }

    private static bool CheckCode(XElement vector, IList<RsaKey> keys)
    {
        try
        {
            var fields = Scheme.DecodeCode((string)vector.Element("code"), keys);
            return vector.Element("error") == null && fields.All(field =>
            {
                var suffix = field.Key == "Price" || field.Key == "Service" ? "Text" : "";
                var name = char.ToLowerInvariant(field.Key[0]) + field.Key.Substring(1) + suffix;
                return (string)vector.Element("expected").Element(name) == field.Value;
            });
        }
        catch (Refused refused)
        {
            return refused.Code == (string)vector.Element("error")
                && refused.Detail == ((string)vector.Element("field") ?? "");
        }
    }

    private static bool CheckSignature(XElement vector, Func<XElement, RsaKey> keyOf)
    {
        var asked = vector.Element("sign");
        if (asked != null)
        {
            var key = keyOf(asked.Element("key"));
            var signature = Scheme.Sign(key, (string)asked.Element("text"), (string)asked.Element("form"));
            if (signature != (string)asked.Element("signature")) return false;
        }
        return Verifies(keyOf(vector.Element("key")), (string)vector.Element("body")) == (bool)vector.Element("valid");
    }

    private static bool CheckOrder(XElement vector)
    {
        var keys = vector.Element("startTimes").Elements().Select(time => new CinemaKey { StartTime = (string)time });
        var order = Scheme.DecryptionOrder(keys, (string)vector.Element("now")).Select(key => key.StartTime);
        return order.SequenceEqual(vector.Element("order").Elements().Select(time => (string)time));
    }
}

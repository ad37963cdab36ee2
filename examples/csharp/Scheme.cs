using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

/// <summary>Why a ticket or a request is refused: a verdict or an error's code (docs/protocol.md), a detail.</summary>
public sealed class Refused : Exception
{
    public readonly string Code, Detail;

    public Refused(string code, string detail = "") : base(code + ": " + detail)
    {
        Code = code;
        Detail = detail;
    }
}

/// <summary>A key of a cinema, as GetPublicKeys answers it.</summary>
public sealed class CinemaKey
{
    public string PublicKey, StartTime;
}

/// <summary>Ticket info codes, signatures and check records of the scheme (第三方检票平台技术方案).</summary>
public static class Scheme
{
    private const string CodeForm = @"^[!#-&(-\[\]-_a-~]+\z"; // printable ASCII without space, quotes and backslash
    private static readonly string[] FieldNames =
        { "FilmTicketCode", "ScreenCode", "FilmCode", "SessionCode", "StartTime", "SeatCode", "Price", "Service" };
    private static readonly int[] FieldLengths = { 16, 16, 12, 16, 19, 16, 6, 6 };

    /// <summary>The bytes, or nothing: a lenient decoder would take several texts for the same bytes.</summary>
    public static byte[] DecodeBase64(string text)
    {
        try
        {
            var data = Convert.FromBase64String(text);
            return Convert.ToBase64String(data) == text ? data : new byte[0];
        }
        catch (FormatException)
        {
            return new byte[0];
        }
    }

    /// <summary>Those that have started, newest first; then announced ones: a box office may be ahead.</summary>
    public static List<CinemaKey> DecryptionOrder(IEnumerable<CinemaKey> keys, string now)
    {
        var sorted = keys.OrderBy(key => key.StartTime, StringComparer.Ordinal).ToList();
        var started = sorted.Where(key => string.CompareOrdinal(key.StartTime, now) <= 0).Reverse().ToList();
        return started.Concat(sorted.Skip(started.Count)).ToList();
    }

    // Ticket info codes (5.1.2): 8 characters in clear, then Base64 of one block with the other 107 bytes.

    public static Dictionary<string, string> DecodeCode(string text, IList<RsaKey> keys)
    {
        if (text.Length < 180 || text.Length > 2740 || text.Length % 4 != 0) throw new Refused("CODE_LENGTH");
        string cinema = text.Substring(0, 8), rest = text.Substring(8);
        var folded = rest == rest.ToUpperInvariant() || rest == rest.ToLowerInvariant(); // by an input method
        if (folded || !Regex.IsMatch(cinema, CodeForm) || !Regex.IsMatch(rest, @"^[A-Za-z0-9+/]+={0,2}\z"))
            throw new Refused("CODE_ALPHABET");
        var block = DecodeBase64(rest);
        if (block.Length < 128) throw new Refused("CODE_BASE64");
        var message = RsaKey.OpenBlock(keys, block);
        if (message == null)
        {
            var swapped = rest.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            var capsLock = RsaKey.OpenBlock(keys, DecodeBase64(string.Concat(swapped))) != null;
            throw new Refused(capsLock ? "CODE_ALPHABET" : "CODE_NOT_GENUINE");
        }
        return ReadFields(cinema, message);
    }

    /// <summary>The block contains no hash, so it is genuine only if every field has its form.</summary>
    private static Dictionary<string, string> ReadFields(string cinema, byte[] message)
    {
        if (message.Length != 107) throw new Refused("CODE_FIELD", "the content");
        var fields = new Dictionary<string, string> { { "CinemaCode", cinema } };
        var at = 0;
        for (var i = 0; i < FieldNames.Length; at += FieldLengths[i++])
        {
            string name = FieldNames[i];
            // Filled up with NUL bytes or spaces. Never strip the character 0: codes end in it.
            var value = Encoding.GetEncoding("iso-8859-1").GetString(message, at, FieldLengths[i]).TrimEnd('\0', ' ');
            var isAmount = name == "Price" || name == "Service";
            var wellFormed = isAmount ? Regex.IsMatch(value, @"^[ -~]*\z") // a malformed amount leaves the ticket valid
                : name == "StartTime" ? IsTime(value)
                : Regex.IsMatch(value, CodeForm);
            if (!wellFormed) throw new Refused("CODE_FIELD", name);
            fields[name] = name.EndsWith("Code") ? value.PadRight(FieldLengths[i], '0') : value; // JSON has full length
        }
        return fields;
    }

    private const string TimeForm = "yyyy-MM-dd'T'HH:mm:ss";

    private static bool IsTime(string text)
    {
        DateTime time;
        return DateTime.TryParseExact(text, TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    /// <summary>Every time of the scheme is the wall clock of Shanghai, whatever the zone of the machine.</summary>
    public static string ShanghaiTime(int minutesFromNow = 0)
    {
        return DateTime.UtcNow.AddHours(8).AddMinutes(minutesFromNow).ToString(TimeForm, CultureInfo.InvariantCulture);
    }

    // Signatures (6.5.2.5): over Version + Datetime + Username + Api + QueryData, without separators.

    private static readonly byte[] DigestInfoOfMd5 =
        { 0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10 };

    public static Dictionary<string, byte[]> Payloads(string text)
    {
        using (var algorithm = MD5.Create())
        {
            var md5 = algorithm.ComputeHash(Encoding.UTF8.GetBytes(text));
            var hex = string.Concat(md5.Select(b => b.ToString("x2")));
            return new Dictionary<string, byte[]>
            {
                { "hex", Encoding.ASCII.GetBytes(hex) },
                { "HEX", Encoding.ASCII.GetBytes(hex.ToUpperInvariant()) },
                { "raw", md5 },
                { "digest-info", DigestInfoOfMd5.Concat(md5).ToArray() },
            };
        }
    }

    public static string Sign(RsaKey key, string text, string form = "hex")
    {
        return Convert.ToBase64String(key.SealBlock(Payloads(text)[form]));
    }
}

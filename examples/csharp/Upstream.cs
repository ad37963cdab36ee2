using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Security;
using System.Runtime.Serialization.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

/// <summary>What a terminal asks the platform above it, third-party or national: the same three Apis.</summary>
public sealed class Upstream
{
    /// <summary>What a check record contains, in this order (6.6.2).</summary>
    public static readonly string[] Record =
    {
        "TicketInfoCode", "CheckTime", "ScreenCode", "ScreenName", "FilmCode", "FilmName", "SessionCode", "StartTime",
        "TicketType", "FilmTicketCode", "RowNum", "ColumnNum", "Price", "Service",
    };
    private const string AnyTicketType = "网络售票"; // of a ticket of which nothing is known: it may not be empty
    public static readonly XElement UnknownTicket = // where nobody answers, or knows the ticket
        new XElement("ReplyData", new XElement("RefundStatus", "No"), new XElement("CheckStatus", "No"));

    public readonly string Cinema;
    private readonly string keysFile, url, username;
    private readonly RsaKey key;
    private readonly HttpClient client;

    public Upstream(string path)
    {
        var bundle = ParseJson(File.ReadAllText(path));
        Cinema = (string)bundle.Element("CinemaCodes").Elements().First();
        url = (string)bundle.Element("Url");
        username = (string)bundle.Element("Username");
        key = RsaKey.Load((string)bundle.Element("PrivateKey"));
        keysFile = path + ".keys";
        var ca = new X509Certificate2(Encoding.ASCII.GetBytes((string)bundle.Element("CaCertificate")));
        var handler = new HttpClientHandler();
        handler.ServerCertificateCustomValidationCallback =
            (request, certificate, chain, errors) => IsIssuedBy(ca, certificate, errors);
        client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
    }

    /// <summary>Trusts this CA and no other; the name in the certificate still counts.</summary>
    private static bool IsIssuedBy(X509Certificate2 ca, X509Certificate2 certificate, SslPolicyErrors errors)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0) return false;
        var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        chain.ChainPolicy.ExtraStore.Add(ca);
        if (!chain.Build(certificate)) return false;
        return chain.ChainElements[chain.ChainElements.Count - 1].Certificate.RawData.SequenceEqual(ca.RawData);
    }

    /// <summary>Answers ReplyData. The text of QueryData that is signed is the one that is sent.</summary>
    private XElement Ask(string api, string query)
    {
        var datetime = Scheme.ShanghaiTime();
        var signature = Scheme.Sign(key, "1.0" + datetime + username + api + query);
        var head = ObjectOf("Version", "1.0", "Datetime", datetime, "Username", username, "Api", api,
            "Signature", signature);
        var body = head.Substring(0, head.Length - 1) + ",\"QueryData\":" + query + "}";
        XElement data;
        try
        {
            var content = new StringContent(body, new UTF8Encoding(false), "application/json");
            var response = client.PostAsync(url, content).GetAwaiter().GetResult();
            // An error keeps the envelope, whatever the HTTP status.
            data = ParseJson(response.Content.ReadAsStringAsync().GetAwaiter().GetResult()).Element("ReplyData");
        }
        catch (Exception error) when (!(error is OutOfMemoryException)) // of the line, or of a reply that is no JSON
        {
            throw new Refused("NO_ANSWER", error.GetBaseException().Message);
        }
        if (data == null) throw new Refused("NO_ANSWER", "the reply is no envelope");
        if (data.Element("ErrorCode") != null && data.Element("ReportResult") == null)
            throw new Refused((string)data.Element("ErrorCode"), (string)data.Element("ErrorMessage"));
        return data;
    }

    /// <summary>The cinema's keys, asked for again if they were received longer ago than this.</summary>
    public List<RsaKey> Keys(int mostMinutes)
    {
        if (!File.Exists(keysFile) || File.GetLastWriteTimeUtc(keysFile) <= DateTime.UtcNow.AddMinutes(-mostMinutes))
        {
            try
            {
                var reply = Ask("GetPublicKeys", ObjectOf("CinemaCode", Cinema));
                if (Usable(reply).Count > 0) Client.Replace(keysFile, reply.ToString()); // else nothing changes
            }
            catch (Refused refused) // those received before stay in use
            {
                if (mostMinutes == 0) throw new Refused("KEYS_PENDING", refused.Code);
            }
        }
        var keys = File.Exists(keysFile) ? Usable(XElement.Load(keysFile)) : new List<RsaKey>();
        if (keys.Count == 0) throw new Refused("KEYS_UNAVAILABLE");
        return keys;
    }

    private static List<RsaKey> Usable(XElement reply)
    {
        var listed = from key in reply.Elements("PublicKeys").Elements()
            select new CinemaKey
            {
                PublicKey = (string)key.Element("PublicKey"),
                StartTime = (string)key.Element("StartTime"),
            };
        var usable = new List<RsaKey>();
        foreach (var each in Scheme.DecryptionOrder(listed, Scheme.ShanghaiTime()))
        {
            try
            {
                usable.Add(RsaKey.Load(each.PublicKey));
            }
            catch (FormatException)
            {
                // one bad key does not take the others away
            }
        }
        return usable;
    }

    /// <summary>Fills in what the code does not contain, and answers what the platform knows of the ticket.</summary>
    public XElement Complete(Dictionary<string, string> record)
    {
        var ticket = UnknownTicket;
        try
        {
            ticket = Ask("GetTicketInfo", ObjectOf("CinemaCode", Cinema, "FilmTicketCode", record["FilmTicketCode"],
                "StartTime", record["StartTime"]));
        }
        catch (Refused refused) when (refused.Code == "TICKET_NOT_FOUND")
        {
        }
        foreach (var name in Record.Where(name => new[] { "", "0", "0.00" }.Contains(record[name])))
            record[name] = (string)ticket.Element(name) ?? record[name];
        if (record["TicketType"] == "") record["TicketType"] = AnyTicketType;
        return ticket;
    }

    /// <summary>Reports records, completed, and answers whether all of them were taken.</summary>
    public bool Send(IList<Dictionary<string, string>> batch)
    {
        foreach (var record in batch.Where(each => each["TicketType"] == "")) // let in while nobody could be asked
        {
            try
            {
                Complete(record);
            }
            catch (Refused refused) when (refused.Code != "NO_ANSWER")
            {
                record["TicketType"] = AnyTicketType; // the platform cannot ask either, but takes records
            }
        }
        var records = string.Join(",", batch.Select(Printed));
        var query = "{\"CinemaCode\":" + Quoted(Cinema) + ",\"CheckTickets\":[" + records + "]}";
        return (string)Ask("ReportOriginalCheckTickets", query).Element("ReportResult") == "true";
    }

    // JSON is read as XML, whose text keeps numbers as they are written, and written by hand: 45.00 stays 45.00.

    public static XElement ParseJson(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return XElement.Load(JsonReaderWriterFactory.CreateJsonReader(bytes, XmlDictionaryReaderQuotas.Max));
    }

    public static string Printed(Dictionary<string, string> record)
    {
        return "{" + string.Join(",", Record.Select(name => Quoted(name) + ":" + Printed(name, record[name]))) + "}";
    }

    private static string Printed(string name, string value)
    {
        var isAmount = name == "Price" || name == "Service";
        if (!isAmount && name != "RowNum" && name != "ColumnNum") return Quoted(value);
        decimal number; // 0 for a malformed amount, which a ticket code may have
        decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
        return number.ToString(isAmount ? "0.00" : "0", CultureInfo.InvariantCulture);
    }

    private static string ObjectOf(params string[] namesAndTexts)
    {
        var members = Enumerable.Range(0, namesAndTexts.Length / 2)
            .Select(i => Quoted(namesAndTexts[2 * i]) + ":" + Quoted(namesAndTexts[2 * i + 1]));
        return "{" + string.Join(",", members) + "}";
    }

    private static string Quoted(string text)
    {
        return "\"" + Regex.Replace(text, "[\"\\\\\\x00-\\x1f]", c => string.Format("\\u{0:x4}", (int)c.Value[0])) + "\"";
    }
}

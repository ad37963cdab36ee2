using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

/// <summary>A terminal of the plain scheme: scans with or without the platform, and reports who was let in.</summary>
public sealed class Client
{
    private const string Usage = @"client vectors DIR         compares with the test vectors
client scan BUNDLE CODE…   decides each code that a scanner read, one line each
client backfill BUNDLE     reports what still waits
";

    // Beside the bundle: a line each, oldest first; how many of them were sent; which were refused one by one.
    private readonly string recordsFile, sentFile, refusedFile;
    private readonly Upstream upstream;
    private readonly List<Dictionary<string, string>> records;

    public Client(string path)
    {
        upstream = new Upstream(path);
        recordsFile = path + ".records";
        sentFile = path + ".sent";
        refusedFile = path + ".refused";
        var text = Read(recordsFile);
        var whole = text.Substring(0, text.LastIndexOf('\n') + 1);
        if (whole.Length < text.Length) Replace(recordsFile, whole); // torn by a power cut: its guest got no answer
        var lines = whole.Split(new[] { '\n' }, StringSplitOptions.RemoveEmptyEntries);
        records = lines.Select(line => Upstream.ParseJson(line).Elements())
            .Select(values => values.ToDictionary(value => value.Name.LocalName, value => (string)value)).ToList();
    }

    /// <summary>Answers the record of a guest who may go in; throws Refused with the verdict for others.</summary>
    public Dictionary<string, string> Scan(string code)
    {
        if (code.Length >= 180 && !code.StartsWith(upstream.Cinema, StringComparison.Ordinal))
            throw new Refused("WRONG_CINEMA");
        Dictionary<string, string> fields;
        try
        {
            fields = Scheme.DecodeCode(code, upstream.Keys(30)); // 5.1.5
        }
        catch (Refused refused) when (refused.Code == "CODE_NOT_GENUINE")
        {
            fields = Scheme.DecodeCode(code, upstream.Keys(0)); // the cinema may have a new Ukey
        }
        var record = Upstream.Record.ToDictionary(name => name, name => fields.ContainsKey(name) ? fields[name] : "");
        record["TicketInfoCode"] = code;
        record["CheckTime"] = Scheme.ShanghaiTime();
        if (string.CompareOrdinal(record["StartTime"], Scheme.ShanghaiTime(60)) > 0) throw new Refused("TOO_EARLY");
        if (string.CompareOrdinal(record["StartTime"], Scheme.ShanghaiTime(-120)) < 0) throw new Refused("EXPIRED");
        var ticket = Upstream.UnknownTicket;
        try
        {
            ticket = upstream.Complete(record);
        }
        catch (Refused)
        {
            // nobody to ask: the terminal decides by itself
        }
        string refundStatus = (string)ticket.Element("RefundStatus"), checkStatus = (string)ticket.Element("CheckStatus");
        if (refundStatus == "Yes") throw new Refused("REFUNDED");
        var entered = records.Any(other => IsSameTicket(record, other));
        if (entered || checkStatus == "Yes") throw new Refused("ALREADY_ENTERED");
        // Missing, or a word that the scheme does not name: staff has to ask.
        if (refundStatus != "No") throw new Refused("REFUND_UNKNOWN");
        if (checkStatus != "No") throw new Refused("CHECK_UNKNOWN");
        Append(recordsFile, record); // on the disk before the gate opens
        records.Add(record);
        return record;
    }

    /// <summary>Sends what waits, oldest first, and answers how many records still wait.</summary>
    public int Report()
    {
        int sent;
        int.TryParse(Read(sentFile), out sent);
        int at = sent, size = 100; // the scheme allows 1000; fewer are answered within the timeout
        while (at < records.Count)
        {
            var batch = records.Skip(at).Take(size).ToList();
            bool accepted;
            try
            {
                accepted = upstream.Send(batch);
            }
            catch (Refused refused)
            {
                Console.Error.WriteLine(refused.Message);
                break; // the line, the account or the platform is at fault: everything is kept and sent again
            }
            if (accepted)
            {
                // Those before it that it refused one by one are at fault themselves: a person has to look at them.
                foreach (var record in records.Skip(sent).Take(at - sent)) Append(refusedFile, record);
                at = sent = at + batch.Count;
                Replace(sentFile, sent.ToString());
                size = 100;
            }
            else if (batch.Count > 1) size = batch.Count / 2; // nothing of it was kept: look for the record at fault
            else at++;
        }
        return records.Count - sent;
    }

    private static bool IsSameTicket(Dictionary<string, string> one, Dictionary<string, string> other)
    {
        return one["FilmTicketCode"] == other["FilmTicketCode"] && one["StartTime"] == other["StartTime"];
    }

    private static string Read(string path)
    {
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private static void Append(string path, Dictionary<string, string> record)
    {
        Write(path, Upstream.Printed(record) + "\n", FileMode.Append);
    }

    public static void Replace(string path, string text)
    {
        Write(path + ".new", text, FileMode.Create);
        if (File.Exists(path)) File.Replace(path + ".new", path, null);
        else File.Move(path + ".new", path);
    }

    private static void Write(string path, string text, FileMode mode)
    {
        using (var file = new FileStream(path, mode))
        {
            var bytes = new UTF8Encoding(false).GetBytes(text);
            file.Write(bytes, 0, bytes.Length);
            file.Flush(true); // it outlives a power cut
        }
    }

    public static int Main(string[] args)
    {
        if (args.Length < 2)
        {
            Console.Error.Write(Usage);
            return 2;
        }
        if (args[0] == "vectors") return Vectors.Check(args[1]) ? 0 : 1;
        var terminal = new Client(args[1]);
        foreach (var code in args.Skip(2))
        {
            try
            {
                var record = terminal.Scan(code);
                var known = record["TicketType"] == "" ? "offline" : "asked";
                Console.WriteLine("ADMIT " + record["FilmTicketCode"] + " " + known);
            }
            catch (Refused refused)
            {
                Console.WriteLine("REFUSE " + refused.Code);
            }
        }
        var waiting = terminal.Report();
        Console.WriteLine(waiting + " waiting");
        return waiting == 0 ? 0 : 1;
    }
}

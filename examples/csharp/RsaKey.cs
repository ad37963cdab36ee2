using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Text.RegularExpressions;

/// <summary>
/// An RSA key. Ticket codes and signatures are PKCS #1 blocks of type 1, made with a private key.
/// The classes of .NET sign and verify only digests, in a DigestInfo; the usual payload is 32 bare hex digits.
/// </summary>
public sealed class RsaKey
{
    private readonly BigInteger modulus, publicExponent, privateExponent;
    private readonly int length;

    private RsaKey(BigInteger modulus, BigInteger publicExponent, BigInteger privateExponent)
    {
        this.modulus = modulus;
        this.publicExponent = publicExponent;
        this.privateExponent = privateExponent;
        length = ToBytes(modulus, 0).Length;
    }

    /// <summary>Reads Base64 of PKCS #8 (private) or SubjectPublicKeyInfo (public), also in PEM armour.</summary>
    public static RsaKey Load(string text)
    {
        var der = Convert.FromBase64String(Regex.Replace(text, @"-----[^-]+-----|\s", ""));
        var integers = new List<BigInteger>();
        try
        {
            ReadIntegers(der, 0, der.Length, integers);
        }
        catch (IndexOutOfRangeException)
        {
            throw new FormatException("the DER form is cut off");
        }
        // PKCS #8 begins with two versions; then modulus, public exponent and, in a private key, private exponent.
        var isPrivate = integers.Count > 2;
        var numbers = isPrivate ? integers.Skip(2).Take(3).ToList() : integers;
        if (numbers.Count < 2) throw new FormatException("not an RSA key");
        var key = new RsaKey(numbers[0], numbers[1], isPrivate ? numbers[2] : BigInteger.Zero);
        // Under a small exponent anybody can forge a block: it contains no hash.
        if (key.length < 128 || key.publicExponent < 65537) throw new FormatException("not a usable RSA key");
        return key;
    }

    public byte[] SealBlock(byte[] payload)
    {
        var padding = Enumerable.Repeat((byte)0xff, length - 3 - payload.Length);
        var block = new byte[] { 0, 1 }.Concat(padding).Concat(new byte[] { 0 }).Concat(payload).ToArray();
        return ToBytes(BigInteger.ModPow(ToNumber(block), privateExponent, modulus), length);
    }

    /// <summary>The payload, opened with the first key that fits, or null.</summary>
    public static byte[] OpenBlock(IEnumerable<RsaKey> keys, byte[] block)
    {
        foreach (var key in keys)
        {
            var number = ToNumber(block);
            if (block.Length != key.length || number >= key.modulus) continue;
            var opened = ToBytes(BigInteger.ModPow(number, key.publicExponent, key.modulus), key.length);
            var filled = opened.Skip(2).TakeWhile(b => b == 0xff).Count();
            if (opened[0] == 0 && opened[1] == 1 && filled >= 8 && opened.Skip(2 + filled).FirstOrDefault() == 0)
                return opened.Skip(3 + filled).ToArray();
        }
        return null;
    }

    private static void ReadIntegers(byte[] der, int at, int end, List<BigInteger> integers)
    {
        while (at < end)
        {
            int tag = der[at++], length = der[at++];
            if (length > 0x80)
            {
                var digits = length & 0x7f;
                for (length = 0; digits > 0; digits--) length = length << 8 | der[at++];
            }
            if (tag == 0x02) integers.Add(ToNumber(der.Skip(at).Take(length)));
            // A sequence, the octet string with a private key and the bit string with a public one contain others.
            if (tag == 0x30 || tag == 0x04) ReadIntegers(der, at, at + length, integers);
            if (tag == 0x03) ReadIntegers(der, at + 1, at + length, integers);
            at += length;
        }
    }

    // BigInteger has the lowest byte first and its sign in the highest bit.

    private static BigInteger ToNumber(IEnumerable<byte> bytes)
    {
        return new BigInteger(bytes.Reverse().Concat(new byte[] { 0 }).ToArray());
    }

    private static byte[] ToBytes(BigInteger number, int length)
    {
        var bytes = number.ToByteArray().Reverse().SkipWhile(b => b == 0).ToArray();
        return new byte[Math.Max(0, length - bytes.Length)].Concat(bytes).ToArray();
    }
}

import type { MistakeCode, Said } from './mistakes.ts';

/** What to change, by mistake, in the words of the languages and libraries in which it is made. */
const ADVICE: Readonly<Record<MistakeCode, Said>> = {
  'key-order': {
    en: 'Print QueryData once, sign that string and put the same string into the body. Java: sign the String that is sent, or use LinkedHashMap; fastjson: new JSONObject(true) or JSON.parseObject(text, Feature.OrderedField); Jackson: no ORDER_MAP_ENTRIES_BY_KEYS for one of the two; Go: a struct or json.RawMessage (maps are sorted); Python: no sort_keys for one of the two; PHP: no ksort; C#: JsonNode.Parse keeps the order.',
    zh: 'QueryData 只序列化一次：对这个字符串签名，并把同一个字符串放进请求体。Java：签名与发送用同一个 String，或用 LinkedHashMap；fastjson：new JSONObject(true) 或 Feature.OrderedField；Jackson：两处的 ORDER_MAP_ENTRIES_BY_KEYS 要一致；Go：用 struct 或 json.RawMessage（map 会排序）；Python：两处的 sort_keys 要一致；PHP：不要 ksort；C#：JsonNode.Parse 会保留顺序。',
  },
  'part-order': {
    en: 'Sign Version + Datetime + Username + Api + QueryData in this order, all five, with nothing else.',
    zh: '签名文本是 Version + Datetime + Username + Api + QueryData，按此顺序，五项齐全，没有别的内容。',
  },
  separator: {
    en: 'Join the five values with nothing between them: no separators, names or quotes. Java: plain +, no String.join("&", …); Python: "".join([...]); PHP: the operator . ; Go: + ; C#: string.Concat.',
    zh: '五个值直接相连，中间没有分隔符、名称或引号。Java：直接用 +，不用 String.join("&", …)；Python："".join([...])；PHP：用 . 连接；Go：用 +；C#：string.Concat。',
  },
  'version-form': {
    en: 'Sign Version in the characters that are sent: "1.0" is signed as 1.0, without quotes. A numeric Version loses its .0 in most languages: send it as a string (Java, C# and Go: String/string; Python: "1.0").',
    zh: 'Version 按发送的字符签名："1.0" 签为 1.0，不带引号。数字形式的 Version 在多数语言里会丢掉 .0：请作为字符串发送（Java、C#、Go 用 String/string；Python 用 "1.0"）。',
  },
  'number-form': {
    en: 'Print QueryData once and sign that very string: a number that is read and printed again becomes 45.0 or 45. Java: BigDecimal with setScale(2), not double (Jackson: USE_BIG_DECIMAL_FOR_FLOATS and WRITE_BIGDECIMAL_AS_PLAIN; Gson: setObjectToNumberStrategy(ToNumberPolicy.BIG_DECIMAL); fastjson: Feature.UseBigDecimal); C#: decimal 45.00m, not double; Python: json.loads(…, parse_float=Decimal) or the string itself; PHP: build the text with number_format, json_encode drops zeros; Go: json.Number or json.RawMessage, not float64.',
    zh: 'QueryData 只序列化一次，并对这个字符串签名：数字读出再写会变成 45.0 或 45。Java：用 BigDecimal 加 setScale(2)，不用 double（Jackson：USE_BIG_DECIMAL_FOR_FLOATS 与 WRITE_BIGDECIMAL_AS_PLAIN；Gson：setObjectToNumberStrategy(ToNumberPolicy.BIG_DECIMAL)；fastjson：Feature.UseBigDecimal）；C#：decimal 45.00m，不用 double；Python：json.loads(…, parse_float=Decimal) 或直接用字符串；PHP：用 number_format 拼文本，json_encode 会丢零；Go：json.Number 或 json.RawMessage，不用 float64。',
  },
  escapes: {
    en: 'Sign the characters as they are in the body, escapes included. Gson: disableHtmlEscaping() in both places; fastjson: the same SerializerFeature (BrowserCompatible, WriteSlashAsSpecial) in both; Jackson: ESCAPE_NON_ASCII in both or neither; Python: ensure_ascii the same in both; PHP: JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES in both; Go: SetEscapeHTML(false) in both; C#: the same JavaScriptEncoder (UnsafeRelaxedJsonEscaping) in both. QueryData itself is an object, not a string with JSON in it.',
    zh: '按请求体中的字符签名，转义也原样保留。Gson：两处都用 disableHtmlEscaping()；fastjson：两处的 SerializerFeature（BrowserCompatible、WriteSlashAsSpecial）一致；Jackson：两处的 ESCAPE_NON_ASCII 一致；Python：两处的 ensure_ascii 一致；PHP：两处都用 JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES；Go：两处都用 SetEscapeHTML(false)；C#：两处用同一个 JavaScriptEncoder（UnsafeRelaxedJsonEscaping）。QueryData 本身是对象，不是内含 JSON 的字符串。',
  },
  'white-space': {
    en: 'Send the very string that was signed. Only QueryData without white space between its tokens may be signed and sent otherwise. Java: no second toString, no pretty printer (Jackson INDENT_OUTPUT, Gson setPrettyPrinting, fastjson PrettyFormat) for one of the two; Python: separators=(",", ":") in both, and requests: data=, not json=; C#: no WriteIndented; PHP: no JSON_PRETTY_PRINT; Go: Marshal, not MarshalIndent. Never strip spaces inside strings.',
    zh: '发送的就是签名时的那个字符串。只有去掉记号之间空白的 QueryData 可以签名后再以别的排版发送。Java：不要再次 toString，也不要只在一处美化（Jackson INDENT_OUTPUT、Gson setPrettyPrinting、fastjson PrettyFormat）；Python：两处都用 separators=(",", ":")，requests 用 data= 而不是 json=；C#：不用 WriteIndented；PHP：不用 JSON_PRETTY_PRINT；Go：用 Marshal，不用 MarshalIndent。不要删除字符串里面的空格。',
  },
  'line-ends': {
    en: 'Line ends were changed after signing (an editor, a text mode, System.lineSeparator() or Environment.NewLine). Send the bytes that were signed; sign and send QueryData without line breaks.',
    zh: '签名后换行符被改了（编辑器、文本模式、System.lineSeparator() 或 Environment.NewLine）。请发送签名时的字节；QueryData 最好不含换行。',
  },
  encoding: {
    en: 'Text and body are UTF-8, uncompressed. Java: getBytes(StandardCharsets.UTF_8), never getBytes() alone; C#: Encoding.UTF8, not Encoding.Default or Unicode; PHP: mb_convert_encoding($text, "UTF-8"); Python: text.encode("utf-8"); Go: strings are UTF-8 already. No Content-Encoding: gzip.',
    zh: '签名文本和请求体都是 UTF-8，不压缩。Java：getBytes(StandardCharsets.UTF_8)，不要用无参数的 getBytes()；C#：Encoding.UTF8，不用 Encoding.Default 或 Unicode；PHP：mb_convert_encoding($text, "UTF-8")；Python：text.encode("utf-8")；Go 的字符串本来就是 UTF-8。不要使用 Content-Encoding: gzip。',
  },
  bom: {
    en: 'Sign without a byte order mark. C#: new UTF8Encoding(false); Python: "utf-8", not "utf-8-sig"; Java, PHP and Go: skip EF BB BF when a template is read from a file.',
    zh: '签名文本不带 BOM。C#：new UTF8Encoding(false)；Python：用 "utf-8"，不用 "utf-8-sig"；Java、PHP、Go：从文件读模板时跳过 EF BB BF。',
  },
  'plus-sign': {
    en: 'The body is JSON, not a form: nothing may decode it as one. Java: no URLDecoder; PHP: file_get_contents("php://input"), no urldecode; C#: StringContent, not FormUrlEncodedContent; Python: data=body; Go: strings.NewReader(body), not url.Values.',
    zh: '请求体是 JSON，不是表单，任何一处都不要按表单解码。Java：不用 URLDecoder；PHP：file_get_contents("php://input")，不用 urldecode；C#：StringContent，不用 FormUrlEncodedContent；Python：data=body；Go：strings.NewReader(body)，不用 url.Values。',
  },
  'trailing-newline': {
    en: 'Nothing may follow the text or the digits. Shell: printf %s or echo -n, not echo; Python: write, not print, and no readline without rstrip; Go: Print, not Println; PHP: trim; C#: Write, not WriteLine; Java: print, not println.',
    zh: '文本或摘要后面不能有任何字符。Shell：用 printf %s 或 echo -n，不用 echo；Python：用 write 而不是 print，readline 后要 rstrip；Go：Print，不用 Println；PHP：trim；C#：Write，不用 WriteLine；Java：print，不用 println。',
  },
  digest: {
    en: 'The digest is MD5 of the text, made once: its 32 hex digits, its 16 bytes, or MD5withRSA as a whole. Java: MessageDigest "MD5" and Cipher "RSA/ECB/PKCS1Padding" with the private key, or Signature "MD5withRSA", with two digits a byte (String.format("%02x")); C#: rsa.SignData(bytes, HashAlgorithmName.MD5, RSASignaturePadding.Pkcs1); PHP: openssl_sign(…, OPENSSL_ALGO_MD5) or openssl_private_encrypt(md5($text), …); Go: rsa.SignPKCS1v15(nil, key, crypto.MD5, sum[:]); Python: key.sign(text, padding.PKCS1v15(), hashes.MD5()).',
    zh: '摘要是文本的 MD5，只做一次：32 位十六进制文本、16 个字节，或整体使用 MD5withRSA。Java：MessageDigest "MD5" 加私钥的 Cipher "RSA/ECB/PKCS1Padding"，或 Signature "MD5withRSA"，每字节两位（String.format("%02x")）；C#：rsa.SignData(bytes, HashAlgorithmName.MD5, RSASignaturePadding.Pkcs1)；PHP：openssl_sign(…, OPENSSL_ALGO_MD5) 或 openssl_private_encrypt(md5($text), …)；Go：rsa.SignPKCS1v15(nil, key, crypto.MD5, sum[:])；Python：key.sign(text, padding.PKCS1v15(), hashes.MD5())。',
  },
  padding: {
    en: 'Sign with the private key and PKCS #1 v1.5 padding. Java: Cipher "RSA/ECB/PKCS1Padding" in ENCRYPT_MODE with the PrivateKey; C#: SignData(…, RSASignaturePadding.Pkcs1), never Encrypt, which takes the public half; PHP: openssl_private_encrypt or openssl_sign, not openssl_public_encrypt; Go: rsa.SignPKCS1v15, not SignPSS or EncryptOAEP; Python: padding.PKCS1v15() with sign, not PSS, OAEP or Crypto.Cipher.',
    zh: '用私钥签名，填充是 PKCS #1 v1.5。Java：Cipher "RSA/ECB/PKCS1Padding"，ENCRYPT_MODE，传入 PrivateKey；C#：SignData(…, RSASignaturePadding.Pkcs1)，不要用 Encrypt，它用的是公钥；PHP：openssl_private_encrypt 或 openssl_sign，不用 openssl_public_encrypt；Go：rsa.SignPKCS1v15，不用 SignPSS 或 EncryptOAEP；Python：sign 加 padding.PKCS1v15()，不用 PSS、OAEP 或 Crypto.Cipher。',
  },
  base64: {
    en: 'Signature is standard Base64 (+ and /) of the bytes, padded with =, encoded once. Java: Base64.getEncoder(), not getUrlEncoder() or withoutPadding(); C#: Convert.ToBase64String, without Array.Reverse; PHP: base64_encode of the raw bytes, no bin2hex, no urlencode; Go: base64.StdEncoding; Python: base64.b64encode.',
    zh: 'Signature 是签名字节的标准 Base64（+ 和 /），末尾补 =，只编码一次。Java：Base64.getEncoder()，不用 getUrlEncoder() 或 withoutPadding()；C#：Convert.ToBase64String，不要 Array.Reverse；PHP：对原始字节 base64_encode，不用 bin2hex、urlencode；Go：base64.StdEncoding；Python：base64.b64encode。',
  },
  'wrong-key': {
    en: 'Sign with the private key of the bundle of this Username. Compare: openssl pkey -in private.pem -pubout must print the key that the platform has (account keys USERNAME). After an exchange of keys restart the program that still holds the former one.',
    zh: '请用该 Username 接入文件中的私钥签名。核对方法：openssl pkey -in private.pem -pubout 的输出应与平台登记的公钥一致（account keys USERNAME）。更换密钥后，请重启仍持有旧密钥的程序。',
  },
  'wrong-username': {
    en: 'Sign and send the same Username, that of the account whose key signs, in its own case, without quotes or spaces.',
    zh: '签名与发送用同一个 Username，即签名密钥所属的账号，大小写一致，不带引号和空格。',
  },
  'changed-value': {
    en: 'A value was changed, added or left out after signing, or read from the clock twice. Build each value once, sign, and send those very characters. Log the text before its digest is made and compare it with the body.',
    zh: '签名之后有值被修改、增加或遗漏，或取了两次时间。每个值只生成一次，签名后原样发送。请在求摘要之前记录签名文本，并与请求体比较。',
  },
  'not-a-signature': {
    en: 'The body is one JSON object in UTF-8 with Version, Datetime (YYYY-MM-DDThh:mm:ss), Username, Api, Signature and QueryData, spelled so; Signature is the Base64 of one RSA block.',
    zh: '请求体是一个 UTF-8 的 JSON 对象，含 Version、Datetime（YYYY-MM-DDThh:mm:ss）、Username、Api、Signature、QueryData，名称大小写如此；Signature 是一个 RSA 块的 Base64。',
  },
};

/** What was found and what to change, in both languages. */
export const adviceOn = (code: MistakeCode, { en, zh }: Said): Said => ({
  en: `${en} ${ADVICE[code].en}`,
  zh: `${zh}${ADVICE[code].zh}`,
});

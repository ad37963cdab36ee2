// Ticket info codes, signatures and check records of the scheme (第三方检票平台技术方案).
package main

import (
	"bytes"
	"crypto"
	"crypto/md5"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"regexp"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var (
	codeForm   = regexp.MustCompile("^[!#-&(-\\[\\]-_a-~]+$") // printable ASCII without space, quotes and backslash
	base64Form = regexp.MustCompile(`^[A-Za-z0-9+/]+={0,2}$`)
	printable  = regexp.MustCompile(`^[ -~]*$`)
	armour     = regexp.MustCompile(`-----[^-]+-----|\s`)
)

// Refused says why a ticket or a request is refused: a verdict or an error's code (docs/protocol.md), and a detail.
type Refused struct{ Code, Detail string }

func (r *Refused) Error() string { return r.Code + ": " + r.Detail }

// isRefused says whether an error is a refusal with this code.
func isRefused(err error, code string) bool {
	var refused *Refused
	return errors.As(err, &refused) && refused.Code == code
}

// RSA: ticket codes and signatures are PKCS #1 blocks of type 1, made with a private key and opened with its public key.

// openBlock returns the payload, opened with the first key that fits, or nil. Go has only the comparison of signatures.
func openBlock(keys []*rsa.PublicKey, block []byte) []byte {
	for _, key := range keys {
		number := new(big.Int).SetBytes(block)
		if len(block) != key.Size() || number.Cmp(key.N) >= 0 {
			continue
		}
		opened := number.Exp(number, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
		padding, payload, found := bytes.Cut(opened[2:], []byte{0})
		filled := len(padding) >= 8 && bytes.Count(padding, []byte{0xff}) == len(padding)
		if found && filled && opened[0] == 0 && opened[1] == 1 {
			return payload
		}
	}
	return nil
}

// loadPublicKey reads Base64 of the DER form, also in PEM armour.
func loadPublicKey(text string) (*rsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(armour.ReplaceAllString(text, ""))
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	// Under a small exponent anybody can forge a block: it contains no hash.
	key, isRSA := parsed.(*rsa.PublicKey)
	if !isRSA || key.N.BitLen() < 1024 || key.E < 65537 {
		return nil, errors.New("not a usable RSA key")
	}
	return key, nil
}

// decodeBase64 returns nil for a text that a lenient decoder would take as another one for the same bytes.
func decodeBase64(text string) []byte {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil
	}
	return data
}

// A Key of a cinema, as GetPublicKeys returns it.
type Key struct{ PublicKey, StartTime string }

// decryptionOrder has those that have started, newest first; then announced ones: a box office may be minutes ahead.
func decryptionOrder(keys []Key, now string) []Key {
	ordered := append([]Key(nil), keys...)
	sort.Slice(ordered, func(i, j int) bool {
		a, b := ordered[i].StartTime, ordered[j].StartTime
		if a > now || b > now {
			return a < b
		}
		return a > b
	})
	return ordered
}

// fields of a ticket info code, in their order, with their lengths in bytes.
var fields = []struct {
	name   string
	length int
}{{"FilmTicketCode", 16}, {"ScreenCode", 16}, {"FilmCode", 12}, {"SessionCode", 16}, {"StartTime", 19},
	{"SeatCode", 16}, {"Price", 6}, {"Service", 6}}

// decodeCode reads a ticket info code (5.1.2): 8 characters in clear, then Base64 of one block with the other 107 bytes.
func decodeCode(text string, keys []*rsa.PublicKey) (map[string]string, error) {
	length := utf8.RuneCountInString(text)
	if length < 180 || length > 2740 || length%4 != 0 {
		return nil, &Refused{Code: "CODE_LENGTH"}
	}
	runes := []rune(text)
	cinema, rest := string(runes[:8]), string(runes[8:])
	folded := rest == strings.ToUpper(rest) || rest == strings.ToLower(rest) // by an input method or a keyboard setting
	if folded || !codeForm.MatchString(cinema) || !base64Form.MatchString(rest) {
		return nil, &Refused{Code: "CODE_ALPHABET"}
	}
	block := decodeBase64(rest)
	if len(block) < 128 {
		return nil, &Refused{Code: "CODE_BASE64"}
	}
	message := openBlock(keys, block)
	if message == nil {
		if openBlock(keys, decodeBase64(strings.Map(swapCase, rest))) != nil {
			return nil, &Refused{Code: "CODE_ALPHABET"} // caps lock is on
		}
		return nil, &Refused{Code: "CODE_NOT_GENUINE"}
	}
	return readFields(cinema, message)
}

func swapCase(letter rune) rune {
	if unicode.IsUpper(letter) {
		return unicode.ToLower(letter)
	}
	return unicode.ToUpper(letter)
}

// readFields reads an opened block. It contains no hash, so it is genuine only if every field has its form.
func readFields(cinema string, message []byte) (map[string]string, error) {
	if len(message) != 107 {
		return nil, &Refused{"CODE_FIELD", "the content"}
	}
	read := map[string]string{"CinemaCode": cinema}
	for _, field := range fields {
		// Filled up with NUL bytes or spaces. Never strip the character 0: codes end in it.
		value := strings.TrimRight(string(message[:field.length]), "\x00 ")
		message = message[field.length:]
		var wellFormed bool
		switch field.name {
		case "Price", "Service":
			wellFormed = printable.MatchString(value) // a malformed amount leaves the ticket valid
		case "StartTime":
			wellFormed = isTime(value)
		default:
			wellFormed = codeForm.MatchString(value)
			value += strings.Repeat("0", max(0, field.length-len(value))) // JSON has codes in full length
		}
		if !wellFormed {
			return nil, &Refused{"CODE_FIELD", field.name}
		}
		read[field.name] = value
	}
	return read, nil
}

const timeForm = "2006-01-02T15:04:05"

func isTime(text string) bool {
	parsed, err := time.Parse(timeForm, text)
	return err == nil && parsed.Format(timeForm) == text
}

// shanghaiTime is the wall clock of Shanghai, which every time of the scheme is, whatever the zone of the machine.
func shanghaiTime(fromNow time.Duration) string {
	return time.Now().Add(fromNow).In(time.FixedZone("Asia/Shanghai", 8*3600)).Format(timeForm)
}

// Signatures (6.5.2.5): over Version + Datetime + Username + Api + QueryData, without separators.

var digestInfoOfMD5 = []byte("\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10")

func payloads(text string) map[string][]byte {
	digest := md5.Sum([]byte(text))
	lower := hex.EncodeToString(digest[:])
	return map[string][]byte{"hex": []byte(lower), "HEX": []byte(strings.ToUpper(lower)), "raw": digest[:],
		"digest-info": append(bytes.Clone(digestInfoOfMD5), digest[:]...)}
}

// sign makes a signature. Without a hash function Go adds no DigestInfo: the usual payload is the 32 bare hex digits.
func sign(key *rsa.PrivateKey, text, form string) string {
	block, err := rsa.SignPKCS1v15(nil, key, crypto.Hash(0), payloads(text)[form])
	if err != nil {
		panic(err) // only a key of less than 424 bits is too short
	}
	return base64.StdEncoding.EncodeToString(block)
}

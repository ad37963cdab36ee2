// What a terminal asks the platform above it: a third-party platform or the national one, with the same three Apis.
package main

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Record is a check record (6.6.2). A json.Number keeps its characters: 45.00.
type Record struct {
	TicketInfoCode, CheckTime, ScreenCode, ScreenName, FilmCode, FilmName, SessionCode, StartTime string
	TicketType, FilmTicketCode                                                                    string
	RowNum, ColumnNum, Price, Service                                                             json.Number
}

// Ticket is what GetTicketInfo answers and a terminal needs.
type Ticket struct {
	ScreenName, FilmName, TicketType  string
	RowNum, ColumnNum, Price, Service json.Number
	CheckStatus, RefundStatus         any // of whatever type: only "No" is No
}

// Where nobody answers, or knows the ticket.
var unknownTicket = Ticket{CheckStatus: "No", RefundStatus: "No"}

// Upstream is the platform above, with what its bundle says.
type Upstream struct {
	path   string
	bundle struct {
		Url, Username, PrivateKey, CaCertificate string
		CinemaCodes                              []string
	}
	cinema string
	key    *rsa.PrivateKey
	client http.Client
}

func openUpstream(path string) *Upstream {
	u := &Upstream{path: path}
	check(json.Unmarshal(must(os.ReadFile(path)), &u.bundle))
	u.cinema = u.bundle.CinemaCodes[0]
	u.key = must(loadPrivateKey([]byte(u.bundle.PrivateKey)))
	trusted := x509.NewCertPool() // the CA of this platform and no other
	trusted.AppendCertsFromPEM([]byte(u.bundle.CaCertificate))
	u.client = http.Client{Timeout: 5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	return u
}

func loadPrivateKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("not a PEM text")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if rsaKey, isRSA := key.(*rsa.PrivateKey); isRSA {
		return rsaKey, nil
	}
	return nil, errors.Join(err, errors.New("not an RSA key"))
}

// ask reads ReplyData into reply. What is signed is the text of QueryData that is sent.
func (u *Upstream) ask(api string, query any, reply any) error {
	queryText := must(json.Marshal(query))
	datetime := shanghaiTime(0)
	signature := sign(u.key, "1.0"+datetime+u.bundle.Username+api+string(queryText), "hex")
	head := must(json.Marshal(map[string]string{"Version": "1.0", "Datetime": datetime, "Username": u.bundle.Username,
		"Api": api, "Signature": signature}))
	body := strings.TrimSuffix(string(head), "}") + `,"QueryData":` + string(queryText) + "}"
	response, err := u.client.Post(u.bundle.Url, "application/json", strings.NewReader(body))
	if err != nil {
		return &Refused{"NO_ANSWER", err.Error()}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	var envelope struct{ ReplyData json.RawMessage }
	var failure struct {
		ErrorCode, ErrorMessage string
		ReportResult            json.RawMessage
	}
	// An error keeps the envelope, whatever the HTTP status.
	if err = errors.Join(err, json.Unmarshal(text, &envelope), json.Unmarshal(envelope.ReplyData, &failure)); err != nil {
		return &Refused{"NO_ANSWER", err.Error()}
	}
	if failure.ErrorCode != "" && failure.ReportResult == nil {
		return &Refused{failure.ErrorCode, failure.ErrorMessage}
	}
	if err := json.Unmarshal(envelope.ReplyData, reply); err != nil {
		return &Refused{"NO_ANSWER", err.Error()}
	}
	return nil
}

// keys of the cinema, asked for again if they were received longer ago than this.
func (u *Upstream) keys(atMost time.Duration) ([]*rsa.PublicKey, error) {
	path := u.path + ".keys"
	if file, err := os.Stat(path); err != nil || time.Since(file.ModTime()) > atMost {
		var reply struct{ PublicKeys []Key }
		if err := u.ask("GetPublicKeys", map[string]string{"CinemaCode": u.cinema}, &reply); err == nil {
			if len(usable(reply.PublicKeys)) > 0 { // an empty or unusable reply changes nothing
				replace(path, string(must(json.Marshal(reply.PublicKeys))))
			}
		} else if atMost == 0 {
			return nil, &Refused{"KEYS_PENDING", err.Error()}
		} // otherwise those received before stay in use
	}
	var received []Key
	json.Unmarshal([]byte(read(path)), &received)
	if keys := usable(received); len(keys) > 0 {
		return keys, nil
	}
	return nil, &Refused{Code: "KEYS_UNAVAILABLE"}
}

// complete fills in what the code does not contain, and returns what the platform knows of the ticket.
func (u *Upstream) complete(record *Record) (ticket Ticket, err error) {
	err = u.ask("GetTicketInfo", map[string]string{"CinemaCode": u.cinema, "FilmTicketCode": record.FilmTicketCode,
		"StartTime": record.StartTime}, &ticket)
	if isRefused(err, "TICKET_NOT_FOUND") {
		ticket = unknownTicket
	} else if err != nil {
		return
	}
	fill(&record.ScreenName, ticket.ScreenName)
	fill(&record.FilmName, ticket.FilmName)
	fill(&record.TicketType, ticket.TicketType)
	fill(&record.TicketType, anyTicketType)
	fill(&record.RowNum, ticket.RowNum)
	fill(&record.ColumnNum, ticket.ColumnNum)
	fill(&record.Price, decimals(string(ticket.Price)))
	fill(&record.Service, decimals(string(ticket.Service)))
	return ticket, nil
}

// send reports records, completed, and says whether all of them were taken.
func (u *Upstream) send(batch []Record) (bool, error) {
	for i := range batch {
		if batch[i].TicketType == "" { // let in while nobody could be asked
			if _, err := u.complete(&batch[i]); isRefused(err, "NO_ANSWER") {
				return false, err
			}
			fill(&batch[i].TicketType, anyTicketType) // the platform cannot ask either, but takes records
		}
	}
	var reply struct{ ReportResult any }
	err := u.ask("ReportOriginalCheckTickets", map[string]any{"CinemaCode": u.cinema, "CheckTickets": batch}, &reply)
	return reply.ReportResult == true || reply.ReportResult == "true", err
}

const anyTicketType = "网络售票" // of a ticket of which nothing is known: it may not be empty

func fill[T ~string](blank *T, value T) {
	if *blank == "" || *blank == "0" { // a number that is not known is written as 0
		*blank = value
	}
}

// decimals prints an amount with two of them, or nothing: a ticket code may have a malformed one.
func decimals(text string) json.Number {
	amount, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return ""
	}
	return json.Number(strconv.FormatFloat(amount, 'f', 2, 64))
}

// usable keys, in the order in which to try them. One bad key does not take the others away.
func usable(listed []Key) (keys []*rsa.PublicKey) {
	for _, key := range decryptionOrder(listed, shanghaiTime(0)) {
		if loaded, err := loadPublicKey(key.PublicKey); err == nil {
			keys = append(keys, loaded)
		}
	}
	return keys
}

// The envelope (6.5) as a server reads and answers it.
package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type account struct {
	Username, PublicKey string
	CinemaCodes         []string
}

// failure is what ReplyData is instead of an answer.
type failure struct {
	ErrorCode, ErrorMessage string
	status                  int
}

func (p *Platform) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	var data any = failure{"METHOD_NOT_ALLOWED", "requests of the scheme are sent with POST", 405}
	if request.Method == http.MethodPost {
		data = p.answer(io.LimitReader(request.Body, 4_000_000))
	}
	response.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if failed, isFailure := data.(failure); isFailure {
		response.WriteHeader(failed.status)
	}
	reply := map[string]any{"Version": "1.0", "Datetime": shanghaiTime(0), "ReplyData": data}
	json.NewEncoder(response).Encode(reply)
}

func (p *Platform) answer(body io.Reader) any {
	text, err := io.ReadAll(body)
	var request Request
	if err = errors.Join(err, json.Unmarshal(text, &request)); err != nil {
		return failure{"INVALID_ENVELOPE", err.Error(), 400}
	}
	if name := duplicateKey(json.NewDecoder(bytes.NewReader(text))); name != "" {
		return failure{"DUPLICATE_KEY", name + " occurs twice", 400} // another one may have been signed
	}
	if version := strings.Trim(string(request.Version), `"`); version != "1.0" && version != "1" {
		return failure{"VERSION_UNSUPPORTED", "Version is not 1.0", 400}
	}
	if !isTime(request.Datetime) {
		return failure{"INVALID_ENVELOPE", "Datetime must be YYYY-MM-DDThh:mm:ss", 400}
	}
	if request.Datetime < shanghaiTime(-5*time.Minute) || request.Datetime > shanghaiTime(5*time.Minute) {
		return failure{"CLOCK_SKEW", "Datetime is too far from " + shanghaiTime(0), 401}
	}
	accounts := load[account](p, "accounts")
	at := slices.IndexFunc(accounts, func(a account) bool { return a.Username == request.Username })
	// An unknown name gets the same answer as a wrong signature.
	if at < 0 || !verifies(must(loadPublicKey(accounts[at].PublicKey)), request) {
		return failure{"SIGNATURE_INVALID", "the user is unknown, or Signature does not fit", 401}
	}
	var query struct {
		CinemaCode, FilmTicketCode, StartTime string
		CheckTickets                          []json.RawMessage
	}
	if err := json.Unmarshal(request.QueryData, &query); err != nil {
		return failure{"INVALID_QUERY", err.Error(), 400}
	}
	if !slices.Contains(accounts[at].CinemaCodes, query.CinemaCode) {
		return failure{"CINEMA_NOT_ALLOWED", "not a cinema of this account", 403}
	}
	switch request.Api {
	case "GetPublicKeys":
		if keys := p.keys(query.CinemaCode); len(keys) > 0 {
			return map[string]any{"PublicKeys": inForce(keys, shanghaiTime(0))}
		}
		return failure{"CINEMA_UNKNOWN", "no cinema has this code", 200}
	case "GetTicketInfo":
		return p.ticketInfo(query.CinemaCode, query.FilmTicketCode, query.StartTime)
	case "ReportOriginalCheckTickets":
		return p.keep(request.Username, query.CinemaCode, query.CheckTickets)
	}
	return failure{"API_UNKNOWN", "no such Api", 404}
}

// duplicateKey reads a value and names an element that one of its objects has twice, or answers "".
func duplicateKey(decoder *json.Decoder) (duplicate string) {
	token, _ := decoder.Token()
	names := map[string]bool{}
	for (token == json.Delim('{') || token == json.Delim('[')) && decoder.More() {
		if token == json.Delim('{') {
			name, _ := decoder.Token()
			if names[name.(string)] {
				duplicate = name.(string)
			}
			names[name.(string)] = true
		}
		if inner := duplicateKey(decoder); inner != "" {
			duplicate = inner
		}
	}
	if token == json.Delim('{') || token == json.Delim('[') {
		decoder.Token() // its end
	}
	return duplicate
}

func servePlatform(folder, port string) {
	for _, name := range []string{"records", "quarantined"} {
		wholeLines(filepath.Join(folder, name+".ndjson"))
	}
	server := http.Server{Addr: ":" + port, Handler: &Platform{folder: folder}, ReadTimeout: 50 * time.Second,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	check(server.ListenAndServeTLS(filepath.Join(folder, "tls.pem"), filepath.Join(folder, "tls.key")))
}

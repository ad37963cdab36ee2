// The envelope (6.5) as a server reads and answers it.
package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
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
	data := p.answer(io.LimitReader(request.Body, 4_000_000))
	response.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if failed, isFailure := data.(failure); isFailure {
		response.WriteHeader(failed.status)
	}
	reply := map[string]any{"Version": "1.0", "Datetime": shanghaiTime(0), "ReplyData": data}
	json.NewEncoder(response).Encode(reply)
}

func (p *Platform) answer(body io.Reader) any {
	var request Request
	if err := json.NewDecoder(body).Decode(&request); err != nil {
		return failure{"INVALID_ENVELOPE", err.Error(), 400}
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
		CheckTickets                          []Record
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

func servePlatform(folder, port string) {
	for _, name := range []string{"records", "quarantined"} {
		wholeLines(filepath.Join(folder, name+".ndjson"))
	}
	server := http.Server{Addr: ":" + port, Handler: &Platform{folder: folder}, ReadTimeout: 50 * time.Second}
	check(server.ListenAndServeTLS(filepath.Join(folder, "tls.pem"), filepath.Join(folder, "tls.key")))
}

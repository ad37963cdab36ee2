// A minimal national platform: keys, tickets and check records, in the lines of JSON that our platform imports.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Platform serves what the files of a folder say, read for each request: accounts, public-keys, tickets and refunds. It keeps
// what is reported in records and quarantined. Each is a .ndjson file; tls.pem and tls.key are the certificate.
type Platform struct {
	folder string
	report sync.Mutex
}

type cinemaKey struct {
	CinemaCode string
	Key
}

// soldTicket is the reply to GetTicketInfo (6.6.3.4). The file has it up to Service.
type soldTicket struct {
	CinemaCode, CinemaName, ScreenCode, ScreenName, FilmCode, FilmName, SessionCode, StartTime, TicketType string
	SellTime, FilmTicketCode                                                                               string
	RowNum, ColumnNum, Price, Service                                                                      json.Number
	CheckStatus, RefundStatus, RefundTime                                                                  string
}

// keptRecord is a line of records: the same record again is the same account, ticket and CheckTime.
type keptRecord struct {
	Account, CinemaCode string
	Record
}

func (k keptRecord) identity() string {
	return k.Account + k.CinemaCode + k.FilmTicketCode + k.StartTime + k.CheckTime
}

func (p *Platform) keys(cinema string) (keys []Key) {
	for _, key := range load[cinemaKey](p, "public-keys") {
		if key.CinemaCode == cinema {
			keys = append(keys, key.Key)
		}
	}
	return keys
}

// inForce has the keys of the last 6 months (6.6.1), newest first: announced ones, the current one however old, and those
// whose successor started within them. A filter by StartTime would silence every cinema with an older Ukey.
func inForce(keys []Key, now string) []Key {
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(b.StartTime, a.StartTime) })
	parsed := must(time.Parse(timeForm, now))
	since := parsed.AddDate(0, -6, 0).Format(timeForm)
	for i := range keys {
		if i > 0 && keys[i-1].StartTime <= since {
			return keys[:i]
		}
	}
	return keys
}

func (p *Platform) ticketInfo(cinema, code, start string) any {
	asked := func(t soldTicket) bool {
		return t.CinemaCode == cinema && t.FilmTicketCode == code && t.StartTime == start
	}
	sold := load[soldTicket](p, "tickets")
	at := slices.IndexFunc(sold, asked)
	if at < 0 {
		return failure{"TICKET_NOT_FOUND", "no such ticket was sold", 200}
	}
	ticket := sold[at]
	ticket.Price, ticket.Service = decimals(string(ticket.Price)), decimals(string(ticket.Service))
	ticket.CheckStatus, ticket.RefundStatus, ticket.RefundTime = "No", "No", ""
	if slices.ContainsFunc(load[soldTicket](p, "records"), asked) { // a record names its ticket alike
		ticket.CheckStatus = "Yes"
	}
	refunds := load[soldTicket](p, "refunds")
	if at := slices.IndexFunc(refunds, asked); at >= 0 {
		ticket.RefundStatus, ticket.RefundTime = "Yes", refunds[at].RefundTime
	}
	return ticket
}

// keep answers true only when every record is on the disk. With a malformed one nothing of the batch is kept.
func (p *Platform) keep(username, cinema string, records []Record) any {
	if len(records) > 1000 {
		return failure{"TOO_MANY_RECORDS", "at most 1000 records", 400}
	}
	keys := usable(p.keys(cinema)) // all that it ever had: records may come late
	p.report.Lock()
	defer p.report.Unlock()
	known := map[string]bool{}
	for _, record := range append(load[keptRecord](p, "records"), load[keptRecord](p, "quarantined")...) {
		known[record.identity()] = true
	}
	kept := map[string][]keptRecord{}
	for i, record := range records {
		if wrong := wrongElement(record); wrong != "" {
			message := fmt.Sprintf("CheckTickets[%d]: %s", i, wrong)
			return map[string]any{"ReportResult": false, "ErrorCode": "INVALID_QUERY", "ErrorMessage": message}
		}
		one := keptRecord{username, cinema, record}
		if known[one.identity()] {
			continue // sent again, because the reply was lost
		}
		known[one.identity()] = true
		fields, err := decodeCode(record.TicketInfoCode, keys)
		file := "records"
		if err != nil || fields["FilmTicketCode"] != record.FilmTicketCode || fields["StartTime"] != record.StartTime {
			file = "quarantined" // it contradicts its own code: evidence, but no entry
		}
		kept[file] = append(kept[file], one)
	}
	for file, lines := range kept {
		p.store(file, lines)
	}
	return map[string]any{"ReportResult": true}
}

// wrongElement says what is wrong with the first element that has not its form, or "".
func wrongElement(r Record) string {
	fixed := []struct {
		name, value string
		length      int
	}{{"ScreenCode", r.ScreenCode, 16}, {"FilmCode", r.FilmCode, 12}, {"SessionCode", r.SessionCode, 16},
		{"FilmTicketCode", r.FilmTicketCode, 16}, {"CheckTime", r.CheckTime, 19}, {"StartTime", r.StartTime, 19}}
	for _, element := range fixed {
		if len(element.value) != element.length {
			return fmt.Sprintf("%s must hold %d characters", element.name, element.length)
		}
	}
	if r.TicketType != "现场售票" && r.TicketType != anyTicketType {
		return "TicketType must be 现场售票 or 网络售票"
	}
	return ""
}

// load reads the lines of a file of the folder; one that is not there has none.
func load[T any](p *Platform, name string) (values []T) {
	for _, line := range strings.Split(read(filepath.Join(p.folder, name+".ndjson")), "\n") {
		var value T
		if line != "" {
			check(json.Unmarshal([]byte(line), &value))
			values = append(values, value)
		}
	}
	return values
}

func (p *Platform) store(name string, records []keptRecord) {
	var lines []byte
	for _, record := range records {
		lines = append(append(lines, must(json.Marshal(record))...), '\n')
	}
	if len(lines) > 0 {
		write(filepath.Join(p.folder, name+".ndjson"), lines, os.O_APPEND)
	}
}

// A minimal national platform: keys, tickets and check records, in the lines of JSON that our platform imports.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
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
func (p *Platform) keep(username, cinema string, records []json.RawMessage) any {
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
	for i, text := range records {
		record, err := readRecord(text)
		if err != nil {
			message := fmt.Sprintf("CheckTickets[%d]: %s", i, err)
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

// readRecord reads a record of a report. Its error says what is wrong with an element.
func readRecord(text json.RawMessage) (r Record, err error) {
	var elements map[string]any
	if err := errors.Join(json.Unmarshal(text, &elements), json.Unmarshal(text, &r)); err != nil {
		return r, err
	}
	for _, name := range reflect.VisibleFields(reflect.TypeOf(r)) {
		if elements[name.Name] == nil {
			return r, errors.New(name.Name + " is missing")
		}
	}
	for name, amount := range map[string]json.Number{"Price": r.Price, "Service": r.Service} {
		if yuan, err := amount.Float64(); err != nil || yuan < 0 || yuan > 100000 {
			return r, errors.New(name + " must be 0 to 100000 yuan")
		}
	}
	for name, number := range map[string]json.Number{"RowNum": r.RowNum, "ColumnNum": r.ColumnNum} {
		if _, err := number.Int64(); err != nil {
			return r, errors.New(name + " must be a whole number")
		}
	}
	switch {
	case len(r.ScreenCode) != 16 || len(r.FilmCode) != 12 || len(r.SessionCode) != 16 || len(r.FilmTicketCode) != 16:
		return r, errors.New("a code must hold 16 characters, FilmCode 12")
	case !isTime(r.CheckTime) || !isTime(r.StartTime):
		return r, errors.New("a time must be YYYY-MM-DDThh:mm:ss")
	case r.TicketType != "现场售票" && r.TicketType != anyTicketType:
		return r, errors.New("TicketType must be 现场售票 or 网络售票")
	}
	_, err = decodeCode(r.TicketInfoCode, nil)
	if isRefused(err, "CODE_NOT_GENUINE") { // it has the form of a code, and no key was tried
		return r, nil
	}
	return r, err
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

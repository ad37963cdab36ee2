// A terminal of the plain scheme: scans tickets with or without the platform, and reports who was let in.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const usage = `client vectors DIR         compares with the test vectors
client scan BUNDLE CODE…   decides each code that a scanner read, one line each
client backfill BUNDLE     reports what still waits
client platform DIR PORT   serves DIR as a minimal national platform (platform.go)
`

// Terminal keeps beside its bundle .keys, .records (a line each, oldest first), .sent (how many of them) and .refused.
type Terminal struct {
	path     string
	upstream *Upstream
	records  []Record
}

func openTerminal(path string) *Terminal {
	t := &Terminal{path: path, upstream: openUpstream(path)}
	for _, line := range wholeLines(path + ".records") {
		var record Record
		check(json.Unmarshal([]byte(line), &record))
		t.records = append(t.records, record)
	}
	return t
}

// scan returns the record of a guest who may go in, or Refused with the verdict.
func (t *Terminal) scan(code string) (*Record, error) {
	if len(code) >= 180 && !strings.HasPrefix(code, t.upstream.cinema) {
		return nil, &Refused{Code: "WRONG_CINEMA"}
	}
	fields, err := t.decode(code, 30*time.Minute) // 5.1.5
	if isRefused(err, "CODE_NOT_GENUINE") {
		fields, err = t.decode(code, 0) // the cinema may have a new Ukey
	}
	if err != nil {
		return nil, err
	}
	record := Record{TicketInfoCode: code, CheckTime: shanghaiTime(0), ScreenCode: fields["ScreenCode"],
		FilmCode: fields["FilmCode"], SessionCode: fields["SessionCode"], StartTime: fields["StartTime"],
		FilmTicketCode: fields["FilmTicketCode"], Price: decimals(fields["Price"]), Service: decimals(fields["Service"])}
	if record.StartTime > shanghaiTime(time.Hour) {
		return nil, &Refused{Code: "TOO_EARLY"}
	}
	if record.StartTime < shanghaiTime(-2*time.Hour) {
		return nil, &Refused{Code: "EXPIRED"}
	}
	ticket, err := t.upstream.complete(&record)
	if err != nil {
		ticket = unknownTicket // nobody to ask: the terminal decides by itself
	}
	entered := slices.ContainsFunc(t.records, func(r Record) bool {
		return r.FilmTicketCode == record.FilmTicketCode && r.StartTime == record.StartTime
	})
	switch {
	case ticket.RefundStatus == "Yes":
		return nil, &Refused{Code: "REFUNDED"}
	case entered || ticket.CheckStatus == "Yes":
		return nil, &Refused{Code: "ALREADY_ENTERED"}
	// Missing, or a word that the scheme does not name: staff has to ask.
	case ticket.RefundStatus != "No":
		return nil, &Refused{Code: "REFUND_UNKNOWN"}
	case ticket.CheckStatus != "No":
		return nil, &Refused{Code: "CHECK_UNKNOWN"}
	}
	add(t.path+".records", record) // on the disk before the gate opens
	t.records = append(t.records, record)
	return &record, nil
}

func (t *Terminal) decode(code string, atMost time.Duration) (map[string]string, error) {
	keys, err := t.upstream.keys(atMost)
	if err != nil {
		return nil, err
	}
	return decodeCode(code, keys)
}

// report sends what waits, oldest first, and returns how many records still wait.
func (t *Terminal) report() int {
	sent, _ := strconv.Atoi(read(t.path + ".sent"))
	size := 100 // the scheme allows 1000; fewer are answered within the timeout
	for at := sent; at < len(t.records); {
		batch := slices.Clone(t.records[at:min(at+size, len(t.records))])
		accepted, err := t.upstream.send(batch)
		if err != nil { // the line, the account or the platform is at fault: everything is kept and sent again
			fmt.Fprintln(os.Stderr, err)
			break
		}
		switch {
		case accepted:
			// Those before it that it refused one by one are at fault themselves: a person has to look at them.
			for _, record := range t.records[sent:at] {
				add(t.path+".refused", record)
			}
			at += len(batch)
			sent, size = at, 100
			replace(t.path+".sent", strconv.Itoa(sent))
		case len(batch) > 1:
			size = len(batch) / 2 // nothing of it was kept: look for the record at fault
		default:
			at++
		}
	}
	return len(t.records) - sent
}

func read(path string) string {
	text, err := os.ReadFile(path)
	if !errors.Is(err, os.ErrNotExist) {
		check(err)
	}
	return string(text)
}

// wholeLines cuts off what a power cut has torn: nobody got an answer to it.
func wholeLines(path string) []string {
	text := read(path)
	end := strings.LastIndex(text, "\n") + 1
	if end < len(text) {
		replace(path, text[:end])
	}
	return strings.FieldsFunc(text[:end], func(r rune) bool { return r == '\n' })
}

// add writes a line that outlives a power cut.
func add(path string, record Record) {
	write(path, append(must(json.Marshal(record)), '\n'), os.O_APPEND)
}

func replace(path, text string) {
	write(path+".new", []byte(text), os.O_TRUNC)
	check(os.Rename(path+".new", path))
}

func write(path string, text []byte, flag int) {
	file := must(os.OpenFile(path, os.O_CREATE|os.O_WRONLY|flag, 0o600))
	_, err := file.Write(text)
	check(errors.Join(err, file.Sync(), file.Close()))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if os.Args[1] == "vectors" {
		exit(checkVectors(os.Args[2]))
	}
	if os.Args[1] == "platform" && len(os.Args) > 3 {
		servePlatform(os.Args[2], os.Args[3])
	}
	terminal := openTerminal(os.Args[2])
	for _, code := range os.Args[3:] {
		var refused *Refused
		if record, err := terminal.scan(code); errors.As(err, &refused) {
			fmt.Println("REFUSE", refused.Code)
		} else if record.TicketType == "" {
			fmt.Println("ADMIT", record.FilmTicketCode, "offline")
		} else {
			fmt.Println("ADMIT", record.FilmTicketCode, "asked")
		}
	}
	waiting := terminal.report()
	fmt.Println(waiting, "waiting")
	exit(waiting == 0)
}

func exit(good bool) {
	if good {
		os.Exit(0)
	}
	os.Exit(1)
}

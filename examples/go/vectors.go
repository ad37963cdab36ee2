// Verifies signatures, as a server does, and compares all of it with the test vectors.
package main

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Request is what a server reads. RawMessage keeps the characters of the body: parsed and printed again, 45.00 is 45.
type Request struct {
	Version, QueryData                 json.RawMessage
	Datetime, Username, Api, Signature string
}

// verifies says whether the signature of a request is one of the key's, as a server does it.
func verifies(key *rsa.PublicKey, request Request) bool {
	head := strings.Trim(string(request.Version), `"`) + request.Datetime + request.Username + request.Api
	var compact bytes.Buffer // signed compact, sent with white space
	if json.Compact(&compact, request.QueryData) != nil {
		return false
	}
	signature := strings.NewReplacer("\r", "", "\n", "").Replace(request.Signature)
	found := openBlock([]*rsa.PublicKey{key}, decodeBase64(signature))
	for _, query := range []string{string(request.QueryData), compact.String()} {
		for _, payload := range payloads(head + query) {
			if bytes.Equal(found, payload) {
				return true
			}
		}
	}
	return false
}

// A vector of any of the files: what is read, and what has to come out.
type vector struct {
	Name, Error, Field, Code, Key, Body string
	Keys                                []string
	Expected                            map[string]any
	Valid                               bool
	Sign                                *struct{ Form, Key, Text, Signature string }
	Now                                 string
	StartTimes, InForce, Order          []string
}

func startsAt(key Key, time string) bool { return key.StartTime == time }

// checkVectors prints how many cases of each file come out as expected, and says whether all do.
func checkVectors(directory string) bool {
	privateKey := func(name string) *rsa.PrivateKey {
		return must(loadPrivateKey(must(os.ReadFile(filepath.Join(directory, "test-keys", name+".pem")))))
	}
	checks := []struct {
		file  string
		comes func(vector) bool
	}{
		{"ticket-codes", func(v vector) bool {
			var keys []*rsa.PublicKey
			for _, name := range v.Keys {
				keys = append(keys, &privateKey(name).PublicKey)
			}
			fields, err := decodeCode(v.Code, keys)
			var refused *Refused
			if errors.As(err, &refused) {
				return *refused == Refused{v.Error, v.Field}
			}
			for name, value := range fields {
				if name == "Price" || name == "Service" {
					name += "Text"
				}
				if v.Expected[strings.ToLower(name[:1])+name[1:]] != value {
					return false
				}
			}
			return v.Error == ""
		}},
		{"signatures", func(v vector) bool {
			if v.Sign != nil && sign(privateKey(v.Sign.Key), v.Sign.Text, v.Sign.Form) != v.Sign.Signature {
				return false
			}
			var request Request
			return json.Unmarshal([]byte(v.Body), &request) == nil &&
				verifies(&privateKey(v.Key).PublicKey, request) == v.Valid
		}},
		{"key-order", func(v vector) bool {
			var keys []Key
			for _, start := range v.StartTimes {
				keys = append(keys, Key{StartTime: start})
			}
			order, force := decryptionOrder(keys, v.Now), inForce(keys, v.Now)
			return slices.EqualFunc(order, v.Order, startsAt) && slices.EqualFunc(force, v.InForce, startsAt)
		}},
	}
	everyOne := true
	for _, check := range checks {
		var file struct{ Cases []vector }
		text := must(os.ReadFile(filepath.Join(directory, check.file+".json")))
		if err := json.Unmarshal(text, &file); err != nil {
			panic(err)
		}
		good, wrong := 0, ""
		for _, v := range file.Cases {
			if check.comes(v) {
				good++
			} else {
				wrong += "\n  wrong: " + v.Name
			}
		}
		fmt.Printf("%s: %d of %d%s\n", check.file, good, len(file.Cases), wrong)
		everyOne = everyOne && wrong == ""
	}
	return everyOne
}

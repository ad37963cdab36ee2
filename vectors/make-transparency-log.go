// Makes transparency-log.json with golang.org/x/mod/sumdb/{note,tlog}, or, given `verify` and a file that another
// implementation wrote, verifies the same things in it (standard input of README.md, *Transparency log*).
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run make-transparency-log.go [verify <file>]
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type noteCase struct {
	Name        string `json:"name"`
	VerifierKey string `json:"verifierKey"`
	SignerKey   string `json:"signerKey,omitempty"`
	Text        string `json:"text,omitempty"`
	Note        string `json:"note"`
	Error       string `json:"error,omitempty"`
}

type rootCase struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

type inclusionCase struct {
	Index int64    `json:"index"`
	Size  int64    `json:"size"`
	Path  []string `json:"path"`
}

type consistencyCase struct {
	Before int64    `json:"before"`
	Size   int64    `json:"size"`
	Proof  []string `json:"proof"`
}

type vectors struct {
	What        string            `json:"what"`
	Notes       []noteCase        `json:"notes"`
	Roots       []rootCase        `json:"roots"`
	Inclusion   []inclusionCase   `json:"inclusion"`
	Consistency []consistencyCase `json:"consistency"`
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// Leaf n is the text `entry n`.
type tree struct {
	hashes []tlog.Hash
	size   int64
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		read[i] = t.hashes[index]
	}
	return read, nil
}

func treeOf(size int64) *tree {
	t := &tree{}
	for ; t.size < size; t.size++ {
		t.hashes = append(t.hashes, must(tlog.StoredHashes(t.size, []byte(fmt.Sprintf("entry %d", t.size)), t))...)
	}
	return t
}

func texts(hashes []tlog.Hash) []string {
	result := []string{}
	for _, hash := range hashes {
		result = append(result, hash.String())
	}
	return result
}

func hashesOf(encoded []string) []tlog.Hash {
	hashes := []tlog.Hash{}
	for _, text := range encoded {
		hashes = append(hashes, must(tlog.ParseHash(text)))
	}
	return hashes
}

// The seed of a key is its name, repeated: these are test keys.
func keyNamed(name string) (signer, verifier string) {
	signer, verifier, err := note.GenerateKey(strings.NewReader(strings.Repeat(name, 64)), name)
	must(0, err)
	return signer, verifier
}

func sign(text string, names ...string) string {
	signers := []note.Signer{}
	for _, name := range names {
		skey, _ := keyNamed(name)
		signers = append(signers, must(note.NewSigner(skey)))
	}
	return string(must(note.Sign(&note.Note{Text: text}, signers...)))
}

const log, witness = "example.com/log", "example.com/witness"

func made() vectors {
	skey, vkey := keyNamed(log)
	_, other := keyNamed(witness)
	big := treeOf(70000)
	checkpoint := func(size int64) string {
		return fmt.Sprintf("%s\n%d\n%s\n", log, size, must(tlog.TreeHash(size, big)))
	}
	signed := sign(checkpoint(700), log)
	flip := func(text, from, to string) string {
		if !strings.Contains(text, from) {
			panic(from)
		}
		return strings.Replace(text, from, to, 1)
	}
	notes := []noteCase{
		{Name: "a checkpoint", VerifierKey: vkey, SignerKey: skey, Text: checkpoint(700), Note: signed},
		{Name: "a checkpoint of an empty log", VerifierKey: vkey, SignerKey: skey, Text: checkpoint(0), Note: sign(checkpoint(0), log)},
		{Name: "a text with empty lines", VerifierKey: vkey, SignerKey: skey, Text: "one\n\ntwo 检票\n", Note: sign("one\n\ntwo 检票\n", log)},
		{Name: "signed by two", VerifierKey: other, Text: checkpoint(700), Note: sign(checkpoint(700), log, witness)},
		{Name: "signed by another", VerifierKey: other, Note: signed, Error: "unknown-key"},
		{Name: "another size", VerifierKey: vkey, Note: flip(signed, "\n700\n", "\n701\n"), Error: "wrong-signature"},
		{Name: "without its last newline", VerifierKey: vkey, Note: strings.TrimSuffix(signed, "\n"), Error: "malformed"},
		{Name: "without the blank line", VerifierKey: vkey, Note: flip(signed, "\n\n", "\n"), Error: "malformed"},
		{Name: "with a control character", VerifierKey: vkey, Note: "\x07" + signed, Error: "malformed"},
		{Name: "with a hyphen in place of the dash", VerifierKey: vkey, Note: flip(signed, "—", "-"), Error: "malformed"},
	}
	result := vectors{
		What:  "Transparency log: notes (C2SP signed-note), and roots, audit paths and consistency proofs (RFC 6962) of the tree whose leaf n is the text `entry n`, as golang.org/x/mod/sumdb signed and computed them",
		Notes: notes,
	}
	sizes := []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 255, 256, 257, 511, 512, 513, 700, 65535, 65536, 65537, 65793, 70000}
	for _, size := range sizes {
		result.Roots = append(result.Roots, rootCase{size, must(tlog.TreeHash(size, big)).String()})
	}
	for _, size := range []int64{1, 2, 3, 7, 8, 257, 700, 65537, 70000} {
		for _, index := range []int64{0, 1, 2, 6, 255, 256, 511, 699, 65535, 65536, 69999} {
			if index < size {
				path := must(tlog.ProveRecord(size, index, big))
				result.Inclusion = append(result.Inclusion, inclusionCase{index, size, texts(path)})
			}
		}
		for _, before := range []int64{1, 2, 3, 6, 7, 8, 255, 256, 257, 600, 700, 65536, 65537, 69999, 70000} {
			if before <= size {
				proof := must(tlog.ProveTree(size, before, big))
				result.Consistency = append(result.Consistency, consistencyCase{before, size, texts(proof)})
			}
		}
	}
	return result
}

func verify(path string) {
	var given vectors
	must(0, json.Unmarshal(must(os.ReadFile(path)), &given))
	refuse := func(what string, err error) {
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
			os.Exit(1)
		}
	}
	for _, c := range given.Notes {
		verifier := must(note.NewVerifier(c.VerifierKey))
		opened, err := note.Open([]byte(c.Note), note.VerifierList(verifier))
		if c.Error != "" && err != nil {
			continue
		}
		refuse(c.Name, err)
		if c.Error != "" || opened.Text != c.Text {
			refuse(c.Name, fmt.Errorf("another text: %q", opened.Text))
		}
	}
	big := treeOf(70000)
	root := func(size int64) tlog.Hash { return must(tlog.TreeHash(size, big)) }
	for _, c := range given.Roots {
		if root(c.Size).String() != c.Root {
			refuse("root", fmt.Errorf("of %d differs", c.Size))
		}
	}
	for _, c := range given.Inclusion {
		leaf := tlog.RecordHash([]byte(fmt.Sprintf("entry %d", c.Index)))
		refuse("inclusion", tlog.CheckRecord(hashesOf(c.Path), c.Size, root(c.Size), c.Index, leaf))
	}
	for _, c := range given.Consistency {
		refuse("consistency", tlog.CheckTree(hashesOf(c.Proof), c.Size, root(c.Size), c.Before, root(c.Before)))
	}
	fmt.Printf("verified: %d notes, %d roots, %d audit paths, %d consistency proofs\n",
		len(given.Notes), len(given.Roots), len(given.Inclusion), len(given.Consistency))
}

// verify-audit <leaves> <proof> <verifier key>: an `audit prove` against the lines of `audit list`.
func verifyAudit(leaves, proof, vkey string) {
	text := string(must(os.ReadFile(proof)))
	head, checkpoint, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	var index, size int64
	must(fmt.Sscanf(lines[1], "index %d", &index))
	opened := must(note.Open([]byte(checkpoint), note.VerifierList(must(note.NewVerifier(vkey)))))
	said := strings.Split(opened.Text, "\n")
	must(fmt.Sscanf(said[1], "%d", &size))
	entries := bytes.Split(must(os.ReadFile(leaves)), []byte("\n"))
	root := must(tlog.ParseHash(said[2]))
	must(0, tlog.CheckRecord(hashesOf(lines[2:]), size, root, index, tlog.RecordHash(entries[index])))
	t := &tree{}
	for ; t.size < size; t.size++ {
		t.hashes = append(t.hashes, must(tlog.StoredHashes(t.size, entries[t.size], t))...)
	}
	if must(tlog.TreeHash(size, t)) != root {
		must(0, fmt.Errorf("the lines do not make this root"))
	}
	fmt.Printf("verified: entry %d of %d, and the root from all lines: %s\n", index, size, base64.StdEncoding.EncodeToString(root[:]))
}

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "verify":
		verify(os.Args[2])
	case len(os.Args) == 5 && os.Args[1] == "verify-audit":
		verifyAudit(os.Args[2], os.Args[3], os.Args[4])
	default:
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		must(0, encoder.Encode(made()))
		must(os.Stdout.Write(out.Bytes()))
	}
}

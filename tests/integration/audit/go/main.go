// Checks responses of the audit API with Go's implementations of signed notes and transparent logs.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// responses is the JSON document on standard input.
type responses struct {
	Keys          string
	Checkpoints   []string
	Leaves        [][]byte
	Inclusions    []proof
	Consistencies []proof
}

// proof proves the entry at index Of, or the older size Of, in the log of Size entries.
type proof struct {
	Of, Size int64
	Hashes   [][]byte
}

func main() {
	log.SetFlags(0)
	var found responses
	if err := json.NewDecoder(os.Stdin).Decode(&found); err != nil {
		log.Fatal(err)
	}
	roots := verifyCheckpoints(found)
	checkRoots(found.Leaves, roots)
	for _, one := range found.Inclusions {
		leaf := tlog.RecordHash(found.Leaves[one.Of])
		if err := tlog.CheckRecord(hashes(one), one.Size, roots[one.Size], one.Of, leaf); err != nil {
			log.Fatalf("inclusion of %d in %d: %v", one.Of, one.Size, err)
		}
	}
	for _, one := range found.Consistencies {
		if err := tlog.CheckTree(tlog.TreeProof(hashes(one)), one.Size, roots[one.Size], one.Of, roots[one.Of]); err != nil {
			log.Fatalf("consistency of %d with %d: %v", one.Of, one.Size, err)
		}
	}
	fmt.Println(len(roots), len(found.Inclusions), len(found.Consistencies))
}

// verifyCheckpoints verifies the signatures, and returns the root of each checkpoint by its size.
func verifyCheckpoints(found responses) map[int64]tlog.Hash {
	var verifiers []note.Verifier
	for _, line := range strings.Fields(found.Keys) {
		verifier, err := note.NewVerifier(line)
		if err != nil {
			log.Fatal(err)
		}
		verifiers = append(verifiers, verifier)
	}
	roots := map[int64]tlog.Hash{}
	for _, text := range found.Checkpoints {
		signed, err := note.Open([]byte(text), note.VerifierList(verifiers...))
		if err != nil {
			log.Fatalf("%v: %q", err, text)
		}
		lines := strings.Split(signed.Text, "\n")
		size, err := strconv.ParseInt(lines[1], 10, 64)
		if err != nil {
			log.Fatal(err)
		}
		root, err := tlog.ParseHash(lines[2])
		if err != nil {
			log.Fatal(err)
		}
		if lines[0] != signed.Sigs[0].Name {
			log.Fatalf("the origin %q is signed as %q", lines[0], signed.Sigs[0].Name)
		}
		roots[size] = root
	}
	return roots
}

// checkRoots builds the tree over the leaves, and compares its root with each checkpoint.
func checkRoots(leaves [][]byte, roots map[int64]tlog.Hash) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for index, leaf := range leaves {
		more, err := tlog.StoredHashes(int64(index), leaf, reader)
		if err != nil {
			log.Fatal(err)
		}
		stored = append(stored, more...)
		root, err := tlog.TreeHash(int64(index)+1, reader)
		if err != nil {
			log.Fatal(err)
		}
		if named, ok := roots[int64(index)+1]; ok && named != root {
			log.Fatalf("the root of %d is %v, not %v", index+1, root, named)
		}
	}
}

func hashes(one proof) []tlog.Hash {
	var found []tlog.Hash
	for _, hash := range one.Hashes {
		found = append(found, tlog.Hash(hash))
	}
	return found
}
